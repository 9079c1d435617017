/*
 * Identity and children without pidfds, as on Linux before 5.3: what is left is pid and start time.
 * On a newer kernel the descriptors are taken away.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/child.h"
#include "os/process.h"
#include "tap.h"

static void forget_pidfd(struct process *p)
{
	if (p->pidfd >= 0)
		(void)close(p->pidfd);
	p->pidfd = -1;
}

/* A process that waits for a signal. */
static pid_t start_waiting(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	must(pid > 0, "fork");
	return pid;
}

static void identity(void)
{
	pid_t pid = start_waiting();
	struct process other;
	struct process p;
	siginfo_t info;
	int status;

	must(process_open(pid, &p) == 0, "process_open");
	forget_pidfd(&p);
	ok(process_alive(&p), "it is alive");
	other = p;
	other.start_ticks++;
	ok(!process_alive(&other), "one that started later with the same pid is another");
	same_number(process_signal(&other, SIGKILL), -ESRCH, "and is not signalled");
	ok(waitpid(pid, &status, WNOHANG) == 0, "it has got nothing");
	same_number(process_signal(&p, SIGTERM), 0, "the right one is");
	must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0, "waitid");
	ok(!process_alive(&p), "a zombie is dead");
	same_number(process_signal(&p, SIGTERM), -ESRCH, "and is not signalled, either");
	ok(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGTERM, "it was that signal");
	same_number(process_signal(&p, SIGTERM), -ESRCH, "nor is who is gone");
	same_number(process_open(pid, &other), -ESRCH, "nor can it be opened");
	process_close(&p);
}

static int run_without(const char *script, uint64_t timeout_us, struct child_result *ret)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct child_spec spec = {.path = "/bin/sh", .argv = argv, .wake_fd = -1};
	struct child c;
	pid_t group;
	int r;

	must(child_start(&spec, &c) == 0, "child_start");
	group = c.pid;
	if (c.pidfd >= 0)
		(void)close(c.pidfd);
	c.pidfd = -1;
	r = child_finish(&c, timeout_us, ret);
	(void)kill(-group, SIGKILL); /* what it left */
	return r;
}

static void children(void)
{
	static struct child_result result;
	int r = run_without("echo said >&2; exit 3", 60000000, &result);

	ok(r == 0 && CHILD_EXITED_WITH(result.status, 3), "a child's exit code");
	same_text(result.text, "said\n", "what it said");
	r = run_without("exec 2>&-; (exit 0); exit 4", 60000000, &result);
	ok(r == 0 && CHILD_EXITED_WITH(result.status, 4), "one that closes its output and goes on");
	r = run_without("tail -f /dev/null 2>&2 & exit 5", 60000000, &result);
	ok(r == 0 && CHILD_EXITED_WITH(result.status, 5), "one that leaves its output open");
	r = run_without("exec tail -f /dev/null", 20000, &result);
	same_number(r, -ETIMEDOUT, "one that does not end is killed at the deadline");
	ok(WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGKILL, "by KILL");
}

int main(void)
{
	identity();
	children();
	return tap_end();
}
