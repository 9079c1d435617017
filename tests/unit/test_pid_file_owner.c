/* Whose a pid file and its folder may be, and in whose root they are. */
#include <signal.h>
#include <sys/prctl.h>

#include "other_user.h"
#include "pid_file_fixture.h"
#include "waiting_child.h"

#define THIRD_USER  ((uid_t)54399)
#define SOME_MASTER ((struct believed){SOME_USER, NO_USER, NO_GROUP})

static void give(const char *path, uid_t uid, gid_t gid)
{
	must(chown(path, uid, gid) == 0, path);
}

static void belongs(uid_t uid, mode_t mode, const struct believed *b, enum pid_file_found want,
		    const char *name)
{
	const char *path = folder_file("pid", "12\n", 3, mode);
	struct pid_file p;

	give(path, uid, SOME_GROUP);
	pid_file_open(&p, b, path);
	looks(&p, want, want == PID_FILE_OK ? 12 : UNTOUCHED, name);
	if (want != PID_FILE_OK) {
		same_text(p.why.path, path, "it is the one to blame");
		same_number(p.why.uid, uid, "whose owner is told");
	}
	pid_file_close(&p);
}

static void owners(void)
{
	const struct believed root = {0, NO_USER, NO_GROUP};
	const struct believed user = SOME_MASTER;
	const struct believed also = {0, SOME_USER, SOME_GROUP};

	belongs(0, 0644, &root, PID_FILE_OK, "root's of root's master");
	belongs(0, 0644, &user, PID_FILE_OK, "root's of a user's master");
	belongs(SOME_USER, 0644, &user, PID_FILE_OK, "the user's of his master");
	belongs(SOME_USER, 0644, &root, PID_FILE_WRITABLE, "a user's of root's master");
	belongs(THIRD_USER, 0644, &user, PID_FILE_WRITABLE, "a third user's");
	belongs(0, 0664, &root, PID_FILE_WRITABLE, "a group may write it");
	belongs(SOME_USER, 0664, &user, PID_FILE_WRITABLE, "the user's own group, too");
	belongs(0, 0664, &also, PID_FILE_OK, "a group that the settings name");
	belongs(SOME_USER, 0644, &also, PID_FILE_OK, "a user that the settings name");
	belongs(0, 0666, &also, PID_FILE_WRITABLE, "but not everybody");
}

/* In the folder sub, which is somebody's. */
static void in_folder(uid_t uid, mode_t mode, const struct believed *b, bool want, const char *name)
{
	char path[PATH_MAX];
	struct pid_file p;

	give(folder_path("sub"), uid, 0);
	must(chmod(folder_path("sub"), mode) == 0, "chmod");
	(void)strcpy(path, folder_file("sub/pid", "12\n", 3, 0644));
	pid_file_open(&p, b, path);
	ok(p.trusted == want, name);
	if (!want) {
		same_text(p.why.path, folder_path("sub"), "the folder is to blame");
		same_number(p.why.uid, uid, "whose owner is told");
	}
	looks(&p, PID_FILE_OK, 12, "root's file is read all the same");
	pid_file_close(&p);
}

static void folders(void)
{
	const struct believed root = {0, NO_USER, NO_GROUP};
	const struct believed user = SOME_MASTER;

	must(mkdir(folder_path("sub"), 0755) == 0, "mkdir");
	in_folder(0, 0755, &root, true, "root's folder");
	in_folder(SOME_USER, 0755, &user, true, "the user's folder, of his master");
	in_folder(SOME_USER, 0755, &root, false, "a user's folder, of root's master");
	in_folder(THIRD_USER, 0755, &user, false, "a third user's folder");
	in_folder(0, 0775, &root, false, "a group may write the folder");
	in_folder(0, 01777, &root, false, "everybody may make names in the folder");
	give(folder_path("sub"), 0, 0);
	must(chmod(folder_path("sub"), 0755) == 0, "chmod");
}

static bool goes_below(const void *root)
{
	return chroot(root) == 0 && chdir("/") == 0;
}

/* As a process sees it whose root is another: sub of our folder. */
static void other_root(void)
{
	const struct believed root = {0, NO_USER, NO_GROUP};
	char path[PATH_MAX];
	struct pid_file p;
	pid_t pid;

	must(mkdir(folder_path("sub/run"), 0755) == 0, "mkdir");
	(void)folder_file("sub/run/pid", "34\n", 3, 0644);
	must(symlink("/run", folder_path("sub/var")) == 0, "symlink");
	pid = start_waiting(goes_below, folder_path("sub"));
	(void)snprintf(path, sizeof(path), "/proc/%d/root/var/pid", (int)pid);
	pid_file_open(&p, &root, path);
	ok(p.trusted, "in another root, by a link of that root");
	looks(&p, PID_FILE_OK, 34, "it is that root's");
	(void)kill(pid, SIGKILL);
	must(waitpid(pid, NULL, 0) == pid, "waitpid");
	looks(&p, PID_FILE_OK, 34, "the folder is held when the process is gone");
	pid_file_close(&p);
	give(folder_path("sub/run"), SOME_USER, 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/root%s/sub/run/pid", (int)getpid(), folder);
	pid_file_open(&p, &root, path);
	ok(!p.trusted, "a user's folder in another root");
	same_text(p.why.path, folder_path("sub/run"), "it is to blame");
	looks(&p, PID_FILE_OK, 34, "which is read");
	pid_file_close(&p);
}

int main(void)
{
	if (must_be_root())
		return tap_end();
	folder_open();
	owners();
	folders();
	other_root();
	folder_close();
	return tap_end();
}
