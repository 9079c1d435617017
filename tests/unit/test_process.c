/*
 * Identity and signals without pidfds, as on Linux before 5.3, where only pid and start time are
 * left (on a newer kernel the test closes the pidfds). And a process that is hidden is not taken
 * for dead.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "folder.h"
#include "os/process.h"
#include "os/procfs.h"
#include "other_user.h"
#include "waiting_child.h"

static void forget_pidfd(struct process *p)
{
	if (p->pidfd >= 0)
		(void)close(p->pidfd);
	p->pidfd = -1;
}

static void identity(void)
{
	pid_t pid = start_waiting(NULL, NULL);
	struct process other;
	struct process p;
	siginfo_t info;
	int status;

	must(process_open(pid, &p) == 0, "process_open");
	forget_pidfd(&p);
	ok(process_alive(&p), "it is alive");
	other = p;
	ok(process_same(&p, &other), "it is the same as itself");
	other.start_ticks++;
	ok(!process_same(&p, &other), "and not as one that started later with the same pid");
	ok(!process_alive(&other), "which is not alive");
	same_number(process_signal(&other, SIGKILL), -ESRCH, "and is not signalled");
	ok(waitpid(pid, &status, WNOHANG) == 0, "it has got nothing");
	same_number(process_signal(&p, SIGTERM), 0, "the right one is");
	must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0, "waitid");
	ok(!process_alive(&p), "a zombie is dead");
	same_number(process_signal(&p, SIGTERM), -ESRCH, "and is not signalled, either");
	same_number(process_open(pid, &other), -ESRCH, "nor opened");
	ok(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGTERM, "it was that signal");
	same_number(process_signal(&p, SIGTERM), -ESRCH, "nor is who is gone");
	same_number(process_open(pid, &other), -ESRCH, "nor can it be opened");
	process_close(&p);
	same_number(p.pid, 0, "what is closed is nobody");
	same_number(process_signal(&p, SIGTERM), -ESRCH, "to whom nothing is sent");
	process_close(&p);
}

static void by_descriptor(void)
{
	pid_t pid = start_waiting(NULL, NULL);
	struct process p;
	int status;

	must(process_open(pid, &p) == 0, "process_open");
	same_number(process_signal(&p, SIGKILL), 0, "signalled as the kernel allows");
	ok(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL, "it was that signal");
	ok(!process_alive(&p), "it is dead");
	same_number(process_signal(&p, SIGKILL), -ESRCH, "and is not signalled again");
	process_close(&p);
}

static void nobody(void)
{
	struct process p = PROCESS_NONE;

	same_number(process_open(0, &p), -EINVAL, "0 is no process");
	same_number(process_open(-1, &p), -EINVAL, "nor is everybody");
	ok(!process_alive(&p), "nobody is not alive");
	same_number(process_signal(&p, SIGTERM), -ESRCH, "nobody is not signalled");
}

/* /proc can be mounted so that a user sees only his own processes (proc(5): hidepid=). */
static void hidden(void)
{
	struct process p;
	pid_t of_root = getppid();
	pid_t own;

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", folder, "proc", 0, "hidepid=2") < 0) {
		printf("ok %u - hidden # skip cannot exist here: no /proc of one's own\n",
		       ++tap_count);
		return;
	}
	procfs_root = folder;
	must(setresgid(SOME_GROUP, SOME_GROUP, SOME_GROUP) == 0 &&
		     setresuid(SOME_USER, SOME_USER, SOME_USER) == 0,
	     "to become a user");
	must(prctl(PR_SET_DUMPABLE, 1) == 0, "prctl"); /* as after an exec */
	same_number(process_open(of_root, &p), -EACCES, "one that is hidden is not dead");
	own = start_waiting(NULL, NULL);
	same_number(process_open(own, &p), 0, "the user's own can be opened");
	process_close(&p);
	(void)kill(own, SIGKILL);
	must(waitpid(own, NULL, 0) == own, "waitpid");
	same_number(process_open(own, &p), -ESRCH, "and is dead when it is dead");
}

/* Without /proc nothing is known, so no process is taken for dead. */
static void without_proc(void)
{
	struct process p;

	procfs_root = "/nowhere";
	ok(process_open(getpid(), &p) < 0, "without /proc nobody can be opened");
	ok(process_open(getpid(), &p) != -ESRCH, "nor called dead");
	procfs_root = "/proc";
}

int main(void)
{
	folder_open();
	identity();
	by_descriptor();
	nobody();
	without_proc();
	if (!must_be_root()) {
		must(chmod(folder, 0755) == 0, folder);
		apart(hidden);
	}
	folder_close();
	return tap_end();
}
