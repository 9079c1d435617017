/*
 * Installing a binary and taking it back, on real files. What needs a mount, another user or a
 * system call that fails stands in install.bats.
 */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <sys/xattr.h>

#include "install_fixture.h"
#include "nginx/file_copy.h"
#include "nginx/place.h"

static void there_and_back(void)
{
	struct stat st;
	char value[8] = "";
	ino_t old;
	int running;

	begin();
	put("nginx", 'a', 0751);
	must(chown(at("nginx"), geteuid(), getegid()) == 0 && chmod(at("nginx"), 0751) == 0,
	     "chown");
	must(setxattr(at("nginx"), "user.note", "kept", 4, 0) == 0, "setxattr");
	old = inode("nginx");
	running = image("nginx");
	same_number(install(running, "1.18.0"), 0, "install: succeeds");
	same_text(backup, at("nginx.1.18.0"), "install: gives the path of the backup");
	same_text(names(), "new nginx nginx.1.18.0 ", "install: leaves nothing else");
	same_number(letter("nginx"), 'b', "install: the new content stands at the path");
	same_number((long)inode("nginx.1.18.0"), (long)old, "install: the backup is the old file");
	must(stat(at("nginx"), &st) == 0, "stat");
	same_number(st.st_mode & 07777, 0751, "install: the mode is the target's");
	same_number(getxattr(at("nginx"), "user.note", value, sizeof(value) - 1), 4,
		    "install: it has the target's attribute");
	same_text(value, "kept", "install: the attribute has its value");

	same_number(restore_binary(&caller, "", at("nginx"), running, &err), 0,
		    "restore: succeeds");
	same_number((long)inode("nginx"), (long)old, "restore: the very file stands there again");
	same_text(names(), "new nginx nginx.1.18.0 ", "restore: leaves nothing else");
	same_number(restore_binary(&caller, "", at("nginx"), running, &err), 0,
		    "restore again: succeeds");
	same_text(names(), "new nginx nginx.1.18.0 ", "restore again: changes nothing");
	same_number(install(running, "1.18.0"), 0, "install again: succeeds");
	same_text(names(), "new nginx nginx.1.18.0 ", "install again: uses the backup again");
	same_number((long)inode("nginx.1.18.0"), (long)old, "install again: same backup");
	(void)close(running);
}

/* "make install" of nginx moves the running binary to nginx.old. */
static void moved_by_make_install(void)
{
	ino_t old;
	int running;

	begin();
	old = inode("nginx");
	running = image("nginx");
	must(rename(at("nginx"), at("nginx.old")) == 0, "rename");
	put("nginx", 'c', 0755);
	same_number(save_running(&caller, "", at("nginx"), running, "1.18.0", backup, &err), 0,
		    "moved to nginx.old: save succeeds");
	same_text(backup, at("nginx.1.18.0"), "moved to nginx.old: gets a backup's name too");
	same_number((long)inode("nginx.1.18.0"), (long)old, "moved to nginx.old: by a link");
	same_number(letter("nginx"), 'c', "moved to nginx.old: the target is left alone");
	must(unlink(at("nginx.1.18.0")) == 0, "unlink");
	same_number(restore_binary(&caller, "", at("nginx"), running, &err), 0,
		    "moved to nginx.old: restore succeeds");
	same_number((long)inode("nginx"), (long)old, "moved to nginx.old: the very file is back");
	same_text(names(), "new nginx nginx.old ", "moved to nginx.old: nothing else changes");
	(void)close(running);
}

static void running_file_is_gone(void)
{
	struct stat st;
	int running;

	begin();
	must(chmod(at("nginx"), 0711) == 0, "chmod");
	running = image("nginx");
	must(unlink(at("nginx")) == 0, "unlink");
	same_number(save_running(&caller, "", at("nginx"), running, "1.18.0", backup, &err), 0,
		    "deleted: save succeeds");
	same_number(letter("nginx.1.18.0"), 'a', "deleted: the image is saved");
	must(stat(at("nginx.1.18.0"), &st) == 0, "stat");
	same_number(st.st_mode & 07777, 0711, "deleted: with its mode");
	same_number(save_running(&caller, "", at("nginx"), running, "1.18.0", backup, &err), 0,
		    "deleted: save again succeeds");
	same_text(names(), "new nginx.1.18.0 ", "deleted: the same bytes are saved once");
	same_number(install(running, "1.18.0"), 0, "deleted: install succeeds");
	must(stat(at("nginx"), &st) == 0, "stat");
	same_number(st.st_mode & 07777, 0711, "deleted: the new file has the image's mode");
	same_number(letter("nginx"), 'b', "deleted: the new file stands there");
	must(unlink(at("nginx")) == 0 && unlink(at("nginx.1.18.0")) == 0, "unlink");
	same_number(restore_binary(&caller, "", at("nginx"), running, &err), 0,
		    "deleted: restore succeeds");
	same_number(letter("nginx"), 'a', "deleted: restore copies the image");
	same_text(names(), "new nginx ", "deleted: restore leaves nothing else");
	(void)close(running);
}

static void target_is_not_what_runs(void)
{
	int running;

	begin();
	running = image("nginx");
	put("package", 'p', 0755);
	must(rename(at("package"), at("nginx")) == 0, "rename");
	same_number(install(running, "1.18.0"), 0, "replaced: install succeeds");
	same_number(letter("nginx.1.18.0"), 'a', "replaced: the backup is what runs");
	same_number(letter("nginx"), 'b', "replaced: the new file stands there");
	same_number(restore_binary(&caller, "", at("nginx"), running, &err), 0,
		    "replaced: restore succeeds");
	same_number(letter("nginx"), 'a', "replaced: restore gives what runs");
	(void)close(running);

	begin();
	running = image("nginx");
	same_number(install_from_to(at("nginx"), at("nginx"), running, "1.18.0"), 0,
		    "the target itself: succeeds");
	same_number((long)inode("nginx"), (long)inode("nginx.1.18.0"), "the target itself: saved");
	same_number(save_running(&caller, "", at("nginx"), running, "1.18.0", backup, &err), 0,
		    "save what stands there: succeeds");
	same_text(backup, at("nginx"), "save what stands there: it is the target");
	(void)close(running);
}

static void refused(int r, int want, const char *step, const char *path, const char *what)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s: refused", what);
	same_number(r, want, name);
	(void)snprintf(name, sizeof(name), "%s: the step", what);
	same_text(err.step ? err.step : "", step, name);
	(void)snprintf(name, sizeof(name), "%s: the path", what);
	same_text(err.path, path, name);
}

static void refused_targets(void)
{
	int running;

	begin();
	running = image("nginx");
	must(rename(at("nginx"), at("real")) == 0 && symlink("real", at("nginx")) == 0, "symlink");
	refused(install(running, "1.18.0"), -ELOOP, "replace", at("nginx"), "a link");
	refused(restore_binary(&caller, "", at("nginx"), running, &err), -ELOOP, "replace",
		at("nginx"), "restore to a link");
	must(unlink(at("nginx")) == 0 && mkdir(at("nginx"), 0755) == 0, "mkdir");
	refused(install(running, "1.18.0"), -EISDIR, "replace", at("nginx"), "a folder");
	must(rmdir(at("nginx")) == 0 && mkfifo(at("nginx"), 0755) == 0, "mkfifo");
	refused(install(running, "1.18.0"), -EINVAL, "replace", at("nginx"), "a pipe");
	refused(restore_binary(&caller, "", at("nginx"), running, &err), -EINVAL, "replace",
		at("nginx"), "restore to a pipe");
	same_text(names(), "new nginx real ", "targets: nothing is left");
	refused(install_from_to(at("new"), at("none/nginx"), running, "1"), -ENOENT,
		"open the folder", at("none"), "no folder");
	refused(install_from_to(at("new"), at("new/nginx"), running, "1"), -ENOTDIR,
		"open the folder", at("new"), "the folder is a file");
	refused(install_from_to(at("new"), at("none/"), running, "1"), -EISDIR, "replace",
		at("none/"), "no name");
	same_text(backup, "", "targets: the result stays untouched");
	(void)close(running);
}

static void refused_sources(void)
{
	int running;

	begin();
	running = image("nginx");
	must(unlink(at("new")) == 0, "unlink");
	refused(install(running, "1.18.0"), -ENOENT, "open", at("new"), "no source");
	must(mkdir(at("new"), 0755) == 0, "mkdir");
	refused(install(running, "1.18.0"), -EISDIR, "install", at("new"), "source a folder");
	must(rmdir(at("new")) == 0 && mkfifo(at("new"), 0755) == 0, "mkfifo");
	refused(install(running, "1.18.0"), -EINVAL, "install", at("new"), "source a pipe");
	must(unlink(at("new")) == 0 && close(creat(at("new"), 0755)) == 0, "creat");
	refused(install(running, "1.18.0"), -ENOEXEC, "install", at("new"), "source empty");
	same_text(names(), "new nginx ", "sources: nothing is left");
	same_number(letter("nginx"), 'a', "sources: nothing is changed");
	must(unlink(at("new")) == 0 && symlink("build", at("new")) == 0, "symlink");
	put("build", 'b', 0755);
	same_number(install(running, "1.18.0"), 0, "source a link: it is followed");
	same_number(letter("nginx"), 'b', "source a link: what it names is installed");
	(void)close(running);
}

/* A file that says of itself to be empty, and one that is touched by the copying itself. */
static void changing_source(void)
{
	static const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
	struct copy_failure f = {NULL, false};
	int from, to;

	begin();
	from = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	to = open(at("copy"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(from >= 0 && to >= 0, "open");
	same_number(file_copy_data(from, to, &f), -ETXTBSY, "growing source: noticed");
	ok(f.at_source, "growing source: it is the source's fault");
	(void)close(from);
	(void)close(to);

	must(utimensat(AT_FDCWD, at("nginx"), long_ago, 0) == 0, "utimensat");
	from = image("nginx");
	to = open(at("nginx"), O_WRONLY | O_CLOEXEC);
	must(to >= 0, "open");
	same_number(file_copy_data(from, to, &f), -ETXTBSY, "source written to: noticed");
	(void)close(from);
	(void)close(to);
}

/* While the copy is held by its lock it must not be open for writing by anybody. */
static void copy_can_be_run(void)
{
	struct temporary t = TEMPORARY_NONE;
	struct place p;
	int source, model, status = -1;
	pid_t pid;

	begin();
	must(place_open(&p, &caller, "", at("nginx"), NULL) == 0, "place_open");
	source = open("/bin/true", O_RDONLY | O_CLOEXEC);
	model = image("nginx");
	must(source >= 0, "open");
	same_number(temporary_copy(&p, source, "true", model, &t), 0, "run the copy: copied");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		(void)execl(at(t.name), "true", (char *)NULL);
		_exit(errno == ETXTBSY ? 8 : 9);
	}
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	same_number(status, 0, "run the copy: it runs while it is held");
	temporary_drop(&p, &t);
	(void)close(model);
	(void)close(source);
	place_close(&p);
}

int main(void)
{
	fixture_open();
	there_and_back();
	moved_by_make_install();
	running_file_is_gone();
	target_is_not_what_runs();
	refused_targets();
	refused_sources();
	changing_source();
	copy_can_be_run();
	return fixture_close();
}
