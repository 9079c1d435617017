/*
 * What stands beside a binary: the names of backups and their order, and the temporary files of
 * runs that live and that are dead.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>

#include "install_fixture.h"
#include "nginx/place.h"

static void taken_names(void)
{
	ino_t old, other;
	int running;

	begin();
	old = inode("nginx");
	running = image("nginx");
	put("nginx.1.18.0", 'x', 0755);
	put("nginx.1.18.0-2", 'y', 0755);
	other = inode("nginx.1.18.0");
	same_number(install(running, "1.18.0"), 0, "other builds: succeeds");
	same_text(backup, at("nginx.1.18.0-3"), "other builds: the first free name");
	same_number((long)inode("nginx.1.18.0-3"), (long)old, "other builds: it is the old file");
	same_number((long)inode("nginx.1.18.0"), (long)other, "other builds: the first is kept");
	same_number(letter("nginx.1.18.0-2"), 'y', "other builds: the second is kept");
	(void)close(running);

	begin();
	old = inode("nginx");
	running = image("nginx");
	put("nginx.1.18.0", 'a', 0755);
	same_number(install(running, "1.18.0"), 0, "same bytes: succeeds");
	same_text(names(), "new nginx nginx.1.18.0 ", "same bytes: no second backup");
	same_number((long)inode("nginx.1.18.0"), (long)old, "same bytes: now the very file");
	(void)close(running);

	begin();
	running = image("nginx");
	put("victim", 'v', 0644);
	must(symlink("victim", at("nginx.1.18.0")) == 0, "symlink");
	must(symlink("nowhere", at("nginx.1.18.0-2")) == 0, "symlink");
	must(symlink("nginx", at("nginx.1.18.0-3")) == 0, "symlink");
	must(mkdir(at("nginx.1.18.0-4"), 0755) == 0, "mkdir");
	must(mkfifo(at("nginx.1.18.0-5"), 0755) == 0, "mkfifo");
	same_number(install(running, "1.18.0"), 0, "planted links: succeeds");
	same_text(backup, at("nginx.1.18.0-6"), "planted links: none is followed");
	same_number(letter("victim"), 'v', "planted links: the victim is as it was");
	same_number(access(at("nowhere"), F_OK), -1, "planted links: nothing is made through one");
	(void)close(running);
}

static void versions(void)
{
	static const char *const bad[] = {"", "../x", "1/2", ".1", "-1", "1.18.0 (x)", "1\n2"};
	char longest[66];
	unsigned refused = 0;
	size_t i;
	int running;

	begin();
	running = image("nginx");
	memset(longest, '1', 65);
	longest[65] = '\0';
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused += install(running, bad[i]) == -EINVAL;
	refused += install(running, longest) == -EINVAL;
	same_number(refused, 8, "versions: what could not be part of a name is refused");
	same_text(err.path, longest, "versions: the error names it");
	same_text(names(), "new nginx ", "versions: nothing is left");
	same_number(letter("nginx"), 'a', "versions: nothing is changed");
	same_number(install(running, "1.29.0-dev+x_y"), 0, "versions: a tail is fine");
	put("nginx", 'z', 0755);
	must(rename(at("new"), at("nginx")) == 0, "rename");
	same_number(count_kept(), 1, "versions: a tail is found again");
	same_text(backup, at("nginx.1.29.0-dev+x_y"), "versions: it is that one");
	(void)close(running);
}

/* A child that has a copy on its way and says so; the pipe keeps it until it is killed. */
static pid_t child_with_a_copy(void)
{
	struct temporary t = TEMPORARY_NONE;
	struct place p;
	int ready[2], source;
	pid_t pid;
	char c;

	must(pipe(ready) == 0, "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		source = image("new");
		if (place_open(&p, &caller, "", at("nginx"), NULL) == 0 &&
		    temporary_copy(&p, source, "new", source, &t) == 0 &&
		    write(ready[1], "", 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	(void)close(ready[1]);
	must(read(ready[0], &c, 1) == 1, "a child with a copy");
	(void)close(ready[0]);
	return pid;
}

static void sweeping(void)
{
	char before[4096];
	pid_t pid;

	begin();
	put(".nginx-handover.abc12", 'x', 0600);
	put(".nginx-handover.abc1234", 'x', 0600);
	put(".nginx-handover.ab-123", 'x', 0600);
	put("x.nginx-handover.abc123", 'x', 0600);
	must(mkdir(at(".nginx-handover.folder"), 0755) == 0, "mkdir");
	must(symlink("nginx", at(".nginx-handover.symbol")) == 0, "symlink");
	must(mkfifo(at(".nginx-handover.apipe0"), 0600) == 0, "mkfifo");
	(void)snprintf(before, sizeof(before), "%s", names());
	same_number(install_sweep(&caller, "", at("nginx")), 0,
		    "sweep: nothing of ours, nothing removed");
	same_text(names(), before, "sweep: what is not ours stays");
	put(".nginx-handover.abc123", 'x', 0600);
	must(link(at("nginx"), at(".nginx-handover.def456")) == 0, "link");
	same_number(install_sweep(&caller, "", at("nginx")), 2, "sweep: two dead ones are removed");
	same_text(names(), before, "sweep: only these");
	same_number(install_sweep(&caller, "", at("none/nginx")), -ENOENT, "sweep: no folder");

	begin();
	pid = child_with_a_copy();
	same_number(install_sweep(&caller, "", at("nginx")), 0, "sweep: a live run's copy stays");
	must(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid, "kill");
	same_number(install_sweep(&caller, "", at("nginx")), 1, "sweep: a killed run's copy goes");
	same_text(names(), "new nginx ", "sweep: nothing is left");
}

static void leftovers_of_our_pid(void)
{
	struct temporary t = TEMPORARY_NONE;
	char name[64];
	struct place p;
	int running, i, full;

	begin();
	running = image("nginx");
	must(place_open(&p, &caller, "", at("nginx"), NULL) == 0, "place_open");
	must(temporary_copy(&p, running, "x", running, &t) == 0, "temporary_copy");
	(void)snprintf(name, sizeof(name), "%s", t.name);
	temporary_drop(&p, &t);
	same_text(names(), "new nginx ", "dropped: nothing is left");
	for (i = 0; i < 36; i++) {
		name[strlen(name) - 1] = "0123456789abcdefghijklmnopqrstuvwxyz"[i];
		put(name, 'x', 0600);
		if (i == 34)
			same_number(install(running, "1.18.0"), 0,
				    "35 leftovers: one name is left");
	}
	full = restore_binary(&caller, "", at("nginx"), running, &err);
	same_number(full, -EEXIST, "36 leftovers: a clear error");
	same_text(err.step, "create a file in", "36 leftovers: the step");
	same_number(install_sweep(&caller, "", at("nginx")), 36, "36 leftovers: swept");
	same_number(restore_binary(&caller, "", at("nginx"), running, &err), 0,
		    "36 leftovers: then it works");
	place_close(&p);
	(void)close(running);
}

/* rename(2) of two names of one file does nothing; the temporary one must go all the same. */
static void rename_onto_itself(void)
{
	struct temporary t = TEMPORARY_NONE;
	struct file_id id;
	struct place p;

	begin();
	must(place_open(&p, &caller, "", at("nginx"), NULL) == 0, "place_open");
	must(file_id_of(at("nginx"), &id) == 0, "file_id_of");
	same_number(temporary_link(&p, "nginx", &id, &t), 0, "one file: linked");
	same_number(temporary_rename(&p, &t, "nginx"), 0, "one file: renamed");
	same_text(names(), "new nginx ", "one file: the temporary name is gone");
	temporary_drop(&p, &t);
	id.inode++;
	same_number(temporary_link(&p, "nginx", &id, &t), -ESTALE, "another file: noticed");
	same_text(names(), "new nginx ", "another file: nothing is left");
	temporary_drop(&p, &t);
	place_close(&p);
}

/* Changes the ctime until the clock behind it has gone on, so that orders are definite. */
static void later_than(const char *name, const char *other)
{
	struct stat st, before;
	unsigned tries;

	must(stat(at(other), &before) == 0, other);
	for (tries = 0; tries < 10000000; tries++) {
		must(chmod(at(name), 0755) == 0 && stat(at(name), &st) == 0, name);
		if (st.st_ctim.tv_sec > before.st_ctim.tv_sec ||
		    (st.st_ctim.tv_sec == before.st_ctim.tv_sec &&
		     st.st_ctim.tv_nsec > before.st_ctim.tv_nsec))
			return;
	}
	must(false, "the clock stands still");
}

static void order_of_backups(void)
{
	struct timespec times[2] = {{1, 0}, {1, 0}};
	struct file_id in_use;

	begin();
	same_number(count_kept(), 0, "kept: there is none");
	put("nginx.old", 'o', 0755);
	put("nginx.1", 'o', 0755);
	put("nginx.1.18.0.conf", 'o', 0755);
	put("nginx.1.17.0", 'o', 0644);
	put("nginxx.1.18.0", 'o', 0755);
	put("nginx-1.18.0", 'o', 0755);
	must(symlink("nginx.old", at("nginx.1.16.0")) == 0, "symlink");
	must(mkdir(at("nginx.1.15.0"), 0755) == 0, "mkdir");
	same_number(count_kept(), 0, "kept: none of these is one");
	same_number(prune(0, NULL), 0, "prune: none of these is removed");

	put("nginx.1.26.3", '1', 0755);
	put("nginx.1.18.0", '2', 0755);
	later_than("nginx.1.18.0", "nginx.1.26.3");
	put("nginx.1.22.1", '3', 0755);
	later_than("nginx.1.22.1", "nginx.1.18.0");
	same_number(count_kept(), 3, "kept: these are");
	must(utimensat(AT_FDCWD, at("nginx.1.22.1"), times, 0) == 0, "utimensat");
	later_than("nginx.1.26.3", "nginx.1.22.1");
	must(unlink(at("nginx")) == 0 && link(at("nginx.1.26.3"), at("nginx")) == 0, "link");
	same_number(count_kept(), 2, "kept: not what stands at the target");

	must(file_id_of(at("nginx.1.18.0"), &in_use) == 0, "file_id_of");
	same_number(prune(2, NULL), 0, "prune: as many as are kept");
	same_number(prune(1, &in_use), 0, "prune: not the one in use");
	same_number(prune(1, NULL), 1, "prune: the older one");
	same_number(letter("nginx.1.22.1"), '3', "prune: the newer one stays");
	same_number(prune(0, NULL), 1, "prune: the last");
	same_text(names(),
		  "new nginx nginx-1.18.0 nginx.1 nginx.1.15.0 nginx.1.16.0 nginx.1.17.0 "
		  "nginx.1.18.0.conf nginx.1.26.3 nginx.old nginxx.1.18.0 ",
		  "prune: nothing else, and not the target's own file");
}

int main(void)
{
	fixture_open();
	taken_names();
	versions();
	sweeping();
	leftovers_of_our_pid();
	rename_onto_itself();
	order_of_backups();
	return fixture_close();
}
