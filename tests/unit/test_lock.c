/*
 * The lock between processes: what counts as the same nginx, who gets it, what is left behind, and
 * what a file in its folder cannot make of it.
 */
#define _GNU_SOURCE /* unshare */
#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "os/clock.h"
#include "os/lock.h"
#include "os/procfs.h"

static char home[64]; /* the folder of the locks */
static char holder[160];

/* Root's folder is the machine's own: here it is one of this process alone. */
static void open_home(void)
{
	if (geteuid() == 0) {
		must(unshare(CLONE_NEWNS) == 0, "unshare");
		must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount /");
		must(mount("tmpfs", "/run", "tmpfs", 0, "mode=755") == 0, "mount /run");
		(void)snprintf(home, sizeof(home), "/run/nginx-handover");
	} else {
		(void)snprintf(home, sizeof(home), "/tmp/nginx-handover-%u", (unsigned)geteuid());
	}
}

static const char *home_path(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

static void home_file(const char *name, const char *text)
{
	int fd = open(home_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), home_path(name));
	(void)close(fd);
}

/* How many runs have a file there. */
static unsigned files(void)
{
	DIR *dir = opendir(home);
	struct dirent *entry;
	unsigned n = 0;

	must(dir != NULL, home);
	while ((entry = readdir(dir)) != NULL)
		n += strncmp(entry->d_name, "run-", 4) == 0;
	(void)closedir(dir);
	return n;
}

static void on_pid_file(struct lock_subjects *s, const char *path)
{
	lock_subjects_init(s);
	must(lock_on_pid_file(s, "", path) == 0, path);
}

static int take_within(struct lock *lock, const char *path, uint64_t wait_us)
{
	struct lock_subjects s;

	on_pid_file(&s, path);
	return lock_take(lock, &s, "upgrade", wait_us, holder, sizeof(holder));
}

/* Tries to take it, and gives it back. */
static int try(const char *path)
{
	struct lock lock;
	int r = take_within(&lock, path, 0);

	lock_release(&lock);
	return r;
}

struct other {
	pid_t pid;
	int end; /* closed: it releases the lock and exits */
};

/* Another process that holds it, until it is told to end. */
static struct other start_holder(const struct lock_subjects *s)
{
	struct other other;
	int ready[2];
	int end[2];
	char c;

	must(pipe(ready) == 0 && pipe(end) == 0, "pipe");
	other.pid = fork();
	must(other.pid >= 0, "fork");
	if (other.pid == 0) {
		struct lock lock;

		(void)close(end[1]);
		if (lock_take(&lock, s, "upgrade", 0, holder, sizeof(holder)) < 0)
			_exit(1);
		(void)!write(ready[1], "y", 1);
		(void)!read(end[0], &c, 1);
		lock_release(&lock);
		_exit(0);
	}
	(void)close(ready[1]);
	(void)close(end[0]);
	must(read(ready[0], &c, 1) == 1, "the holder");
	(void)close(ready[0]);
	other.end = end[1];
	return other;
}

static struct other start_holder_on(const char *path)
{
	struct lock_subjects s;

	on_pid_file(&s, path);
	return start_holder(&s);
}

static void end_holder(struct other other)
{
	(void)close(other.end);
	(void)waitpid(other.pid, NULL, 0);
}

static void kill_holder(struct other other)
{
	(void)kill(other.pid, SIGKILL);
	end_holder(other);
}

static void make_folder(const char *name)
{
	must(mkdir(folder_path(name), 0755) == 0, name);
}

static void make_link(const char *target, const char *name)
{
	must(symlink(target, folder_path(name)) == 0, name);
}

static const struct {
	const char *path; /* in the test's folder */
	bool same;        /* as real/nginx.pid */
} spellings[] = {
	{"real/nginx.pid", true},
	{"link/nginx.pid", true},
	{"link-to-link/nginx.pid", true},
	{"real//nginx.pid", true},
	{"real/nginx.pid/", true},
	{"./real/./nginx.pid", true},
	{"other/../real/nginx.pid", true},
	{"absolute/nginx.pid", true},
	{"real/other.pid", false},
	{"other/nginx.pid", false},
	{"nginx.pid", false},
	{"real/nginx.pid.oldbin", false},
};

static void same_spellings(void)
{
	struct other other;
	size_t i;

	make_folder("real");
	make_folder("other");
	make_link("real", "link");
	make_link("link/../link", "link-to-link");
	make_link(folder, "top");
	make_link("top/real", "absolute");
	other = start_holder_on(folder_path("real/nginx.pid"));
	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		same_number(try(folder_path(spellings[i].path)),
			    spellings[i].same ? -EWOULDBLOCK : 0, spellings[i].path);
	(void)try(folder_path("real/nginx.pid"));
	{
		char want[64];

		(void)snprintf(want, sizeof(want), "upgrade (pid %d)", (int)other.pid);
		same_text(holder, want, "the refused run is told who holds it");
	}
	end_holder(other);
	same_number(try(folder_path("link/nginx.pid")), 0, "when it has ended, it can be had");
	same_number(files(), 0, "and nothing is left");
}

/* A folder that is not there yet, with a link on the way; then somebody makes it. */
static void before_the_folder_exists(void)
{
	struct other other;

	make_link("not/yet", "later");
	other = start_holder_on(folder_path("later/nginx.pid"));
	same_number(try(folder_path("not/yet/nginx.pid")), -EWOULDBLOCK,
		    "a folder that is missing: the same by a link");
	same_number(try(folder_path("link/../not//yet/./nginx.pid")), -EWOULDBLOCK, "and by P//");
	same_number(try(folder_path("not/yet/other.pid")), 0, "not another file");
	same_number(try(folder_path("not/nginx.pid")), 0, "nor one in another folder");
	make_folder("not");
	make_folder("not/yet");
	same_number(try(folder_path("not/yet/nginx.pid")), -EWOULDBLOCK,
		    "still the same when the folder is made");
	end_holder(other);
	other = start_holder_on(folder_path("not/yet/nginx.pid"));
	must(rmdir(folder_path("not/yet")) == 0, "rmdir");
	make_folder("takes its inode");
	make_folder("not/yet");
	same_number(try(folder_path("later/nginx.pid")), -EWOULDBLOCK,
		    "or when it is removed and made anew");
	end_holder(other);
}

static void processes(void)
{
	struct process self;
	struct process same_pid;
	struct lock_subjects ours;
	struct lock_subjects s;
	struct other other;
	struct lock lock;

	must(process_open(getpid(), &self) == 0, "process_open");
	on_pid_file(&ours, folder_path("real/nginx.pid"));
	must(lock_on_process(&ours, &self) == 0, "lock_on_process");
	other = start_holder(&ours);
	on_pid_file(&s, folder_path("other/second.pid"));
	must(lock_on_process(&s, &self) == 0, "lock_on_process");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), -EWOULDBLOCK,
		    "another pid file of the same master");
	same_pid = self;
	same_pid.start_ticks++;
	on_pid_file(&s, folder_path("other/second.pid"));
	must(lock_on_process(&s, &same_pid) == 0, "lock_on_process");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), 0,
		    "not one that has got its number later");
	lock_release(&lock);
	end_holder(other);
	process_close(&self);
}

static void other_kinds(void)
{
	struct lock_subjects ours;
	struct lock_subjects s;
	struct other other;
	struct lock lock;

	(void)folder_file("nginx.conf", "", 0, 0644);
	make_link("nginx.conf", "also.conf");
	lock_subjects_init(&ours);
	same_number(lock_on_file(&ours, "conf", folder_path("none.conf")), -ENOENT,
		    "a configuration that is missing");
	same_number((long long)ours.count, 0, "is not noted");
	must(lock_on_file(&ours, "conf", folder_path("nginx.conf")) == 0, "lock_on_file");
	must(lock_on_text(&ours, "unit", "a\nunit b") == 0, "lock_on_text");
	other = start_holder(&ours);
	lock_subjects_init(&s);
	must(lock_on_file(&s, "conf", folder_path("also.conf")) == 0, "lock_on_file");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), -EWOULDBLOCK,
		    "the same configuration by a link");
	lock_subjects_init(&s);
	must(lock_on_file(&s, "binary", folder_path("nginx.conf")) == 0, "lock_on_file");
	must(lock_on_text(&s, "unit", "b") == 0, "lock_on_text");
	must(lock_on_text(&s, "unit", "a") == 0, "lock_on_text");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), 0,
		    "not the same file as something else, nor a text with a newline in it");
	lock_release(&lock);
	lock_subjects_init(&s);
	must(lock_on_text(&s, "unit", "a\nunit b") == 0, "lock_on_text");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), -EWOULDBLOCK,
		    "the same unit");
	end_holder(other);
}

static void limits(void)
{
	struct lock_subjects s;
	char name[NAME_MAX + 1];
	unsigned i;

	lock_subjects_init(&s);
	memset(name, '\n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	same_number(lock_on_text(&s, "unit", name), -ENAMETOOLONG, "a line that is too long");
	same_number(lock_on_pid_file(&s, "", "nginx.pid"), -EINVAL, "a relative path");
	same_number((long long)s.count, 0, "neither is noted");
	for (i = 0; i < LOCK_LINES_MAX; i++)
		must(lock_on_text(&s, "unit", "x") == 0, "lock_on_text");
	same_number(lock_on_text(&s, "unit", "x"), -E2BIG, "too many lines");
}

static void added_later(void)
{
	struct lock_subjects more;
	struct other other = start_holder_on(folder_path("other/nginx.pid"));
	struct lock lock;

	must(take_within(&lock, folder_path("real/nginx.pid"), 0) == 0, "lock_take");
	on_pid_file(&more, folder_path("other/nginx.pid"));
	same_number(lock_add(&lock, &more, holder, sizeof(holder)), -EWOULDBLOCK,
		    "what another run has cannot be added");
	on_pid_file(&more, folder_path("real/nginx.pid"));
	must(lock_on_text(&more, "unit", "later") == 0, "lock_on_text");
	same_number(lock_add(&lock, &more, holder, sizeof(holder)), 0, "what is free can");
	end_holder(other);
	lock_subjects_init(&more);
	must(lock_on_text(&more, "unit", "later") == 0, "lock_on_text");
	{
		struct lock second;

		same_number(lock_take(&second, &more, "stop", 0, holder, sizeof(holder)),
			    -EWOULDBLOCK, "and is held from then on");
	}
	lock_release(&lock);
	same_number(try(folder_path("real/nginx.pid")), 0, "and released with the rest");
}

static void killed(void)
{
	struct other other = start_holder_on(folder_path("real/nginx.pid"));

	kill_holder(other);
	same_number(files(), 1, "a run that was killed leaves its file");
	same_number(try(folder_path("other/nginx.pid")), 0, "a run on something else");
	same_number(files(), 0, "sweeps it");
	other = start_holder_on(folder_path("real/nginx.pid"));
	kill_holder(other);
	same_number(try(folder_path("real/nginx.pid")), 0, "it is in nobody's way");
}

/* Some processes at once, each after the same event. Returns how many had it together, at most. */
static void many_at_once(void)
{
	enum { MANY = 50 };
	unsigned got = 0;
	unsigned busy = 0;
	unsigned i;
	pid_t pids[MANY];
	int go[2];
	int done[2];
	int status;

	must(pipe(go) == 0 && pipe(done) == 0, "pipe");
	for (i = 0; i < MANY; i++) {
		pids[i] = fork();
		must(pids[i] >= 0, "fork");
		if (pids[i] == 0) {
			struct lock lock;
			char c;
			int r;

			(void)close(go[1]);
			(void)close(done[1]);
			(void)!read(go[0], &c, 1);
			r = take_within(&lock,
					folder_path(i % 2 ? "link/nginx.pid" : "real//nginx.pid"),
					0);
			(void)close(go[0]);
			if (r == 0)
				(void)!read(done[0], &c, 1);
			_exit(r == 0 ? 0 : r == -EWOULDBLOCK ? 1 : 2);
		}
	}
	(void)close(go[1]);
	/* All but the one that holds it end by themselves. */
	for (i = 0; i < MANY - 1; i++) {
		must(waitpid(-1, &status, 0) > 0, "waitpid");
		busy += WIFEXITED(status) && WEXITSTATUS(status) == 1;
	}
	(void)close(done[1]);
	must(waitpid(-1, &status, 0) > 0, "waitpid");
	got = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	(void)close(go[0]);
	(void)close(done[0]);
	same_number(got, 1, "of 50 at once one gets it");
	same_number(busy, MANY - 1, "and 49 are told that it is held");
	same_number(try(folder_path("real/nginx.pid")), 0, "then it can be had");
	same_number(files(), 0, "with nothing left of any");
}

static void waiting(void)
{
	struct other other = start_holder_on(folder_path("real/nginx.pid"));
	uint64_t began_us = clock_us();
	struct lock lock;
	sigset_t alarm_alone;
	pid_t killer;

	(void)sigemptyset(&alarm_alone);
	(void)sigaddset(&alarm_alone, SIGALRM);
	(void)sigprocmask(SIG_BLOCK, &alarm_alone, NULL);
	same_number(take_within(&lock, folder_path("link/nginx.pid"), 200000), -EWOULDBLOCK,
		    "a wait ends at its deadline, also with SIGALRM blocked");
	ok(clock_us() - began_us >= 200000, "not before");
	ok(clock_us() - began_us < 20000000, "nor much later");
	(void)sigprocmask(SIG_UNBLOCK, &alarm_alone, NULL);
	killer = fork();
	must(killer >= 0, "fork");
	if (killer == 0) {
		(void)poll(NULL, 0, 100);
		(void)kill(other.pid, SIGKILL);
		_exit(0);
	}
	(void)close(other.end);
	same_number(take_within(&lock, folder_path("link/nginx.pid"), 60000000), 0,
		    "a wait ends when the holder is killed");
	(void)waitpid(other.pid, NULL, 0);
	(void)waitpid(killer, NULL, 0);
	same_number(files(), 1, "only our own file is there");
	lock_release(&lock);
}

/* Who waits looks like no holder to others: the dead one is removed all the same. */
static void waiters_are_no_holders(void)
{
	struct other other = start_holder_on(folder_path("real/nginx.pid"));
	DIR *dir = opendir(home);
	struct dirent *entry;
	int fd = -1;

	must(dir != NULL, home);
	while (fd < 0 && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, "run-", 4) == 0)
			fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
	}
	(void)closedir(dir);
	must(fd >= 0, "the holder's file");
	kill_holder(other);
	must(flock(fd, LOCK_SH) == 0, "flock");
	same_number(try(folder_path("real/nginx.pid")), 0,
		    "a dead run that somebody else still waits for is not held");
	(void)close(fd);
}

static void who_holds(void)
{
	struct lock_subjects s;
	struct process p;
	struct other other;
	char what[64] = "";

	on_pid_file(&s, folder_path("link/nginx.pid"));
	same_number(lock_holder(&s, &p, what, sizeof(what)), -ESRCH, "nobody holds it");
	other = start_holder_on(folder_path("real/nginx.pid"));
	same_number(lock_holder(&s, &p, what, sizeof(what)), 0, "somebody holds it");
	same_text(what, "upgrade", "and at what it is");
	same_number(p.pid, other.pid, "who");
	process_close(&p);
	kill_holder(other);
	same_number(lock_holder(&s, &p, what, sizeof(what)), -ESRCH, "nobody who is dead");
}

/* Holds a file of that content, as a run does, and tries to take the lock. -1: nobody can be told.
 */
static int holder_of(const char *first, const char *note, int *ret_take)
{
	struct lock_subjects s;
	struct process p;
	char text[2048];
	char what[64];
	int fd;
	int r;

	on_pid_file(&s, folder_path("real/nginx.pid"));
	(void)snprintf(text, sizeof(text), "%s\n%s\n", first, note ? note : s.list[0]);
	home_file("run-1-0", text);
	fd = open(home_path("run-1-0"), O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && flock(fd, LOCK_EX) == 0, "flock");
	r = lock_holder(&s, &p, what, sizeof(what));
	if (!r)
		process_close(&p);
	*ret_take = try(folder_path("real/nginx.pid"));
	(void)close(fd);
	return r;
}

static void false_words(void)
{
	struct other stranger = start_holder_on(folder_path("other/nginx.pid"));
	struct proc_stat stat;
	char line[128];
	int take;

	must(procfs_stat(stranger.pid, &stat) == 0, "procfs_stat");
	(void)snprintf(line, sizeof(line), "%d %llu upgrade", (int)stranger.pid,
		       (unsigned long long)stat.start_ticks);
	same_number(holder_of(line, NULL, &take), -ESRCH,
		    "a stranger that a file names is not believed");
	must(procfs_stat(getpid(), &stat) == 0, "procfs_stat");
	(void)snprintf(line, sizeof(line), "%d %llu upgrade", (int)getpid(),
		       (unsigned long long)stat.start_ticks + 1);
	same_number(holder_of(line, NULL, &take), -ESRCH, "nor one that started at another time");
	(void)snprintf(line, sizeof(line), "%d %llu upgrade", (int)getpid(),
		       (unsigned long long)stat.start_ticks);
	same_number(holder_of(line, NULL, &take), 0, "who has it open is");
	same_number(holder_of("upgrade", NULL, &take), -ESRCH, "a file that says nothing of use");
	same_number(take, -EWOULDBLOCK, "but is held");
	same_text(holder, "another run", "by nobody that is known");
	same_number(holder_of("-1 0 upgrade", NULL, &take), -ESRCH, "a pid that is none");
	end_holder(stranger);
}

static void hostile_files(void)
{
	struct stat st;
	int take;

	(void)holder_of("1 1 x", "garbage", &take);
	same_number(take, 0, "garbage that is held is in nobody's way");
	same_number(try(folder_path("real/nginx.pid")), 0, "nor is what is not held");
	ok(lstat(home_path("run-1-0"), &st) < 0, "and is swept");
	(void)folder_file("precious", "x", 1, 0600);
	must(symlink(folder_path("precious"), home_path("run-2-0")) == 0, "symlink");
	must(mkfifo(home_path("run-3-0"), 0600) == 0, "mkfifo");
	must(mkdir(home_path("run-4-0"), 0700) == 0, "mkdir");
	home_file("other", "not ours to remove");
	same_number(try(folder_path("real/nginx.pid")), 0, "links, pipes and folders are, neither");
	ok(stat(folder_path("precious"), &st) == 0, "what a link names is left");
	ok(lstat(home_path("other"), &st) == 0, "and so is what is no run's");
	(void)unlink(home_path("run-2-0"));
	(void)unlink(home_path("run-3-0"));
	(void)rmdir(home_path("run-4-0"));
	(void)unlink(home_path("other"));
}

static void hostile_folder(void)
{
	struct lock lock;

	must(chmod(home, 0777) == 0, "chmod");
	same_number(try(folder_path("real/nginx.pid")), -EPERM, "a folder that others can write");
	must(chmod(home, 0700) == 0, "chmod");
	must(unlink(home_path("lock")) == 0 && mkfifo(home_path("lock"), 0600) == 0, "mkfifo");
	same_number(take_within(&lock, folder_path("real/nginx.pid"), 0), -EPERM,
		    "a pipe in the place of the lock");
	same_text(lock.path, home_path("lock"), "which is named");
	must(unlink(home_path("lock")) == 0, "unlink");
	must(symlink(folder_path("precious"), home_path("lock")) == 0, "symlink");
	same_number(try(folder_path("real/nginx.pid")), -ELOOP, "a link in its place");
	must(unlink(home_path("lock")) == 0 && rmdir(home) == 0, "rmdir");
	must(symlink(folder, home) == 0, "symlink");
	same_number(try(folder_path("real/nginx.pid")), -EPERM, "a link in the folder's place");
	must(unlink(home) == 0, "unlink");
	same_number(try(folder_path("real/nginx.pid")), 0,
		    "the folder is made where it is missing");
}

int main(void)
{
	open_home();
	folder_open();
	same_spellings();
	before_the_folder_exists();
	processes();
	other_kinds();
	limits();
	added_later();
	killed();
	many_at_once();
	waiting();
	waiters_are_no_holders();
	who_holds();
	false_words();
	hostile_files();
	hostile_folder();
	folder_close();
	return tap_end();
}
