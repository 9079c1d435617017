/* Processes with given ids, capabilities, limits and folders, to execute programs as. */
#ifndef DOOR_SUBJECT_FIXTURE_H
#define DOOR_SUBJECT_FIXTURE_H

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "door_fixture.h"
#include "os/compat.h"
#include "other_user.h"

#define BIND_SERVICE 10 /* CAP_NET_BIND_SERVICE */
#define SYS_BOOT     22 /* CAP_SYS_BOOT */

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT       47
#define PR_CAP_AMBIENT_RAISE 2
#endif

/* The traits of a process. */
struct kind {
	uid_t uid;
	gid_t gid;
	const char *cwd;
	const char *root; /* NULL: ours */
	bool ambient;
	bool bounded;
	bool no_new_privs;
	bool own_namespaces;
	rlim_t files;
	rlim_t processes; /* 0: as many as we may have */
};

static const struct kind usual = {
	.uid = SOME_USER,
	.gid = SOME_GROUP,
	.cwd = "/usr",
	.files = 123,
};

static inline bool become(const struct kind *k)
{
	static const gid_t groups[] = {7, 70000};
	struct rlimit files = {k->files, k->files + 1};
	struct rlimit processes = {k->processes, k->processes};
	struct capabilities caps;

	if (k->own_namespaces &&
	    (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
	     mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	     mount("x", "/mnt", "tmpfs", 0, "mode=755") < 0 || mkdir("/mnt/theirs", 0755) < 0))
		return false;
	if ((k->root && (chdir(k->root) < 0 || chroot(".") < 0)) || chdir(k->cwd) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0 ||
	    (k->processes && setrlimit(RLIMIT_NPROC, &processes) < 0) || setgroups(2, groups) < 0 ||
	    setresgid(k->gid, k->gid, k->gid) < 0)
		return false;
	if (k->bounded && prctl(PR_CAPBSET_DROP, SYS_BOOT, 0, 0, 0) < 0)
		return false;
	(void)prctl(PR_SET_KEEPCAPS, k->ambient, 0, 0, 0);
	if (setresuid(k->uid, k->uid, k->uid) < 0)
		return false;
	caps.permitted = caps.effective = caps.inheritable = 1ull << BIND_SERVICE;
	if (k->ambient && (compat_capset(&caps) < 0 ||
			   prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, BIND_SERVICE, 0, 0) < 0))
		return false;
	return !k->no_new_privs || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* Starts a process with these traits, which then waits. Returns after its exec. */
static inline pid_t start(const struct kind *k)
{
	int waits = open("/bin/sleep", O_RDONLY | O_CLOEXEC);
	char *argv[] = {(char *)"sleep", (char *)"1000", NULL};
	char first[] = "TZ=Mars/North";
	char second[] = "GIVEN=once";
	char third[] = "NGINX=6;7;";
	char *environment[] = {first, second, third, NULL};
	int ready[2];
	char byte;
	pid_t pid;

	must(waits >= 0 && pipe2(ready, O_CLOEXEC) == 0, "pipe");
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)dup2(null, 0);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)signal(SIGTERM, SIG_DFL);
		if (become(k) &&
		    compat_execveat(waits, "", argv, environment, COMPAT_EMPTY_PATH) < 0)
			(void)execve("/bin/sleep", argv, environment);
		(void)!write(ready[1], "", 1);
		_exit(1);
	}
	(void)close(ready[1]);
	must(pid > 0 && read(ready[0], &byte, 1) == 0, "a process to be");
	(void)close(ready[0]);
	(void)close(waits);
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static inline struct subject look_at(pid_t pid, uid_t uid)
{
	struct believed b = {uid, NO_USER, NO_GROUP};
	static struct subject s;
	static struct distrust why;
	int r = subject_look(pid, &b, &s, &why);

	if (r < 0)
		printf("# %d: %s\n", r, why.path);
	must(r == 0, "subject_look");
	return s;
}

/* Runs a program as such a process. Returns as door_run(). */
static inline int pass_as(const struct kind *k, const char *path, const char *first,
			  const char *second)
{
	pid_t pid = start(k);
	struct subject s = look_at(pid, k->uid);
	struct actor a = actor_of(&s, NULL);
	int r = door_pass_at(path, &a, first, second);

	actor_free(&a);
	subject_close(&s);
	end(pid);
	return r;
}

#endif
