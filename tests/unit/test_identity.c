/*
 * Root that acts as a user: what it may no longer do, what it may do again when lifted, that the
 * user cannot attack it, and that it can still read /proc. Each right is tried, not derived from
 * ids.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "folder.h"
#include "os/identity.h"
#include "os/procfs.h"
#include "other_user.h"
#include "waiting_child.h"

static pid_t of_root; /* a process of root that only sleeps */

static int kill_error(pid_t pid)
{
	return kill(pid, 0) < 0 ? errno : 0;
}

static int open_error(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static void same_as_root(const char *secret, int want_kill, int want_open, const char *when)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s: a signal to a process of root's", when);
	same_number(kill_error(of_root), want_kill, name);
	(void)snprintf(name, sizeof(name), "%s: root's own file", when);
	same_number(open_error(secret), want_open, name);
}

static void acts_as_user(void)
{
	char secret[PATH_MAX];
	gid_t groups[4];

	(void)snprintf(secret, sizeof(secret), "%s", folder_path("secret"));
	same_number(identity_user(), 0, "root is root");
	ok(!identity_became(), "and nobody else");
	identity_lift();
	identity_lower();
	same_as_root(secret, 0, 0, "where nobody was become, lifted and lowered");
	same_number(identity_become(0, 0), -EINVAL, "to become root is a mistake");
	same_number(identity_become(SOME_USER, SOME_GROUP), 0, "root becomes a user");
	same_number(identity_user(), SOME_USER, "is him");
	same_as_root(secret, EPERM, EACCES, "as the user");
	same_number(getgroups(4, groups), 1, "with one group");
	same_number(groups[0], SOME_GROUP, "which is his");
	same_number(identity_become(SOME_USER, SOME_GROUP), 0, "again is nothing new");
	same_number(identity_become(SOME_USER + 1, SOME_GROUP), -EALREADY, "another is refused");

	errno = ENOTTY;
	identity_lift();
	same_number(errno, ENOTTY, "going up keeps errno");
	same_as_root(secret, 0, 0, "lifted");
	same_number(identity_user(), SOME_USER, "the run is still the user's");
	identity_lift();
	identity_lower();
	same_as_root(secret, 0, 0, "lifted twice, lowered once");
	errno = ENOTTY;
	identity_lower();
	same_number(errno, ENOTTY, "going down keeps errno");
	same_as_root(secret, EPERM, EACCES, "lowered");
	identity_lower();
	same_as_root(secret, EPERM, EACCES, "lowered once too often");
}

/* Tries an attack on a process as that user. Returns the exit code: whether it succeeded. */
static int as_user(pid_t victim, bool (*attack)(pid_t victim))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(SOME_GROUP, SOME_GROUP, SOME_GROUP) < 0 ||
		    setresuid(SOME_USER, SOME_USER, SOME_USER) < 0)
			_exit(2);
		_exit(attack(victim) ? 1 : 0);
	}
	must(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) < 2,
	     "a process of the user's");
	return WEXITSTATUS(status);
}

static bool traces(pid_t victim)
{
	return ptrace(PTRACE_ATTACH, victim, NULL, NULL) == 0;
}

static bool writes_memory(pid_t victim)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)victim);
	return open_error(path) == 0;
}

static bool becomes(const void *lifted)
{
	if (identity_become(SOME_USER, SOME_GROUP) < 0)
		return false;
	if (*(const int *)lifted)
		identity_lift();
	return true;
}

static void user_cannot_touch_it(void)
{
	int lifted;

	for (lifted = 0; lifted < 2; lifted++) {
		pid_t pid = start_waiting(becomes, &lifted);

		same_number(as_user(pid, traces), 0,
			    lifted ? "lifted, it is not traced by the user"
				   : "it is not traced by the user whose nginx it is about");
		same_number(as_user(pid, writes_memory), 0,
			    lifted ? "nor is its memory opened" : "nor is its memory opened, so");
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
}

/* A process that its own user may not look into, as an nginx with file capabilities. */
static bool keeps_capabilities(const void *unused)
{
	(void)unused;
	(void)prctl(PR_SET_KEEPCAPS, 1);
	return setresgid(SOME_GROUP, SOME_GROUP, SOME_GROUP) == 0 &&
	       setresuid(SOME_USER, SOME_USER, SOME_USER) == 0;
}

static void looks_into_proc(void)
{
	pid_t pid = start_waiting(keeps_capabilities, NULL);
	struct file_id own;
	struct file_id id;
	struct proc_stat stat;
	uid_t uid = 1;
	uid_t euid = 1;
	char buf[4096];
	int fd;

	must(file_id_of("/proc/self/exe", &own) == 0, "own file");
	must(identity_become(SOME_USER, SOME_GROUP) == 0, "become");
	(void)snprintf(buf, sizeof(buf), "/proc/%d/exe", (int)pid);
	same_number(open_error(buf), EACCES, "the user may not see what it executes");
	same_number(procfs_file_id(pid, "exe", &id), 0, "the run does");
	ok(file_id_equal(&id, &own), "rightly");
	fd = procfs_open(pid, "exe", O_RDONLY);
	ok(fd >= 0, "and opens it");
	ok(procfs_link(pid, "exe", buf, sizeof(buf)) > 0, "and its name");
	ok(procfs_read(pid, "environ", buf, sizeof(buf)) > 0, "and its environment");
	ok(procfs_stat(pid, &stat) == 0 && stat.start_stack != 0, "and where its stack begins");
	same_number(procfs_auxv_ids(pid, &uid, &euid), 0, "and who executed it");
	ok(uid == 0 && euid == 0, "which was root");
	same_number(procfs_file_id(of_root, "exe", &id), 0, "also of root's processes");
	same_as_root(folder_path("secret"), EPERM, EACCES, "after the looks");
	same_number(procfs_open(0x7ffffff0, "exe", O_RDONLY), -ESRCH, "nobody is gone");
	(void)kill(pid, SIGKILL);
}

static void drops_for_good(void)
{
	uid_t r;
	uid_t e;
	uid_t s;

	must(identity_become(SOME_USER, SOME_GROUP) == 0, "become");
	identity_lift();
	same_number(identity_drop(), 0, "for good, also when lifted");
	ok(getresuid(&r, &e, &s) == 0 && s == SOME_USER, "root is not even the saved id");
	ok(setuid(0) < 0 && setresuid(0, 0, 0) < 0 && setgid(0) < 0, "and does not come back");
}

static void forgets(void)
{
	must(identity_become(SOME_USER, SOME_GROUP) == 0, "become");
	same_number(identity_forget(), 0, "a child is root again");
	same_number(kill_error(of_root), 0, "with root's rights");
	identity_lift();
	identity_lower();
	same_number(kill_error(of_root), 0, "and stays so");
}

/* From here on setresuid() returns this error (0: success), and changes nothing. */
static void break_setresuid(unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setresuid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {4, code};

	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0, "a filter");
}

static void is_told_when_it_fails(void)
{
	break_setresuid(EAGAIN);
	same_number(identity_become(SOME_USER, SOME_GROUP), -EAGAIN, "a refusal is told");
	ok(!identity_became(), "and it is nobody else then");
}

static void is_not_fooled(void)
{
	break_setresuid(0);
	same_number(identity_become(SOME_USER, SOME_GROUP), -EPERM,
		    "a success that was none is seen");
}

static void ends_when_it_stays_root(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (identity_become(SOME_USER, SOME_GROUP) < 0)
			_exit(1);
		identity_lift();
		break_setresuid(EPERM);
		identity_lower();
		_exit(0);
	}
	ok(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	   "who cannot go down again ends");
}

int main(void)
{
	if (must_be_root())
		return tap_end();
	folder_open();
	(void)chmod(folder, 0755);
	(void)folder_file("secret", "x", 1, 0600);
	of_root = start_waiting(NULL, NULL);
	apart(acts_as_user);
	user_cannot_touch_it();
	apart(looks_into_proc);
	apart(drops_for_good);
	apart(forgets);
	apart(is_told_when_it_fails);
	apart(is_not_fooled);
	ends_when_it_stays_root();
	(void)kill(of_root, SIGKILL);
	folder_close();
	return tap_end();
}
