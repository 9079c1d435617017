/*
 * The guard of a program: a process of ours that stands between us and it, has it as a child, and
 * ends it with all that it has started: when it has ended, when we close our end of a pipe or have
 * ended ourselves, in whatever way, and when its time is over though we stand still. What left the
 * program's own group and session comes to the guard as a child, too (prctl(2),
 * PR_SET_CHILD_SUBREAPER, Linux 3.4), and so cannot get away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/children.h"
#include "os/clock.h"
#include "os/identity.h"
#include "trust/door_private.h"

#ifndef PR_SET_CHILD_SUBREAPER
#define PR_SET_CHILD_SUBREAPER 36
#endif

/* What was killed ends at once, but in a call that waits for a dead disk. */
#define KILLED_US 2000000u

static void on_child(int sig)
{
	(void)sig; /* it wakes, that is all */
}

/* What may come from a terminal, or to a whole group or cgroup, does not end it: we do. */
static void set_signals(sigset_t *ret_before)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1};
	struct sigaction sa = {.sa_flags = 0};
	sigset_t child;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	sa.sa_handler = on_child;
	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGCHLD, &sa, NULL);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, ret_before);
	(void)sigdelset(ret_before, SIGCHLD);
}

/* It has no part in our terminal, nor in what the program writes. */
static void let_go(const struct door_pipes *pipes)
{
	int keep[] = {pipes->failure[1], pipes->guard[0]};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd;

	(void)setsid();
	for (fd = 0; fd <= 2; fd++) {
		if (null < 0 || dup2(null, fd) < 0)
			(void)close(fd);
	}
	door_close_others(keep, sizeof(keep) / sizeof(keep[0]));
}

/* Waits for a child's end or for fd, -1: none. Whether fd has something, or the time is over. */
static bool wait_until(uint64_t until_us, int fd, const sigset_t *mask)
{
	struct pollfd poll_fd = {fd, POLLIN, 0};
	uint64_t now_us = clock_us();
	struct timespec timeout;

	if (now_us >= until_us)
		return true;
	timeout = clock_timespec(until_us - now_us);
	return ppoll(&poll_fd, 1, &timeout, mask) > 0;
}

/* Its number is its own until it is waited for. */
static bool has_ended(pid_t pid)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid == pid;
}

/* Children are nobody else's until they are waited for. */
static void kill_children(void)
{
	struct children children = CHILDREN_NONE;
	size_t i;

	if (children_look(&children, getpid()) == 0) {
		for (i = 0; i < children.count; i++)
			(void)kill(children.pids[i], SIGKILL);
	}
	children_free(&children);
}

/* Returns the status of the program. */
static int end_all(pid_t pid, const sigset_t *mask)
{
	uint64_t until_us = clock_us() + KILLED_US;
	int status = SIGKILL; /* as of one that was killed */
	int ended = 0;
	pid_t whom;

	(void)kill(-pid, SIGKILL);
	(void)kill(pid, SIGKILL); /* it may not have its group yet */
	for (;;) {
		while ((whom = waitpid(-1, &ended, WNOHANG)) > 0) {
			if (whom == pid)
				status = ended;
		}
		if (whom < 0)
			return status;
		kill_children();
		if (wait_until(until_us, -1, mask))
			return status;
	}
}

static void guard(pid_t pid, const struct door_spec *spec, const struct door_pipes *pipes,
		  const sigset_t *mask) __attribute__((noreturn));

static void guard(pid_t pid, const struct door_spec *spec, const struct door_pipes *pipes,
		  const sigset_t *mask)
{
	uint64_t until_us = clock_us() + spec->guard_us;
	struct door_failure f = {0, STEP_DONE};

	let_go(pipes);
	while (!has_ended(pid) && !wait_until(until_us, pipes->guard[0], mask))
		;
	f.error = end_all(pid, mask);
	(void)!write(pipes->failure[1], &f, sizeof(f));
	_exit(0);
}

enum door_step door_guard(const struct door_spec *spec, const struct door_pipes *pipes)
{
	sigset_t before;
	pid_t pid;

	set_signals(&before);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (pid == 0)
		return STEP_DONE;
	if (pid < 0)
		return STEP_START;
	if (identity_drop() < 0) {
		(void)kill(pid, SIGKILL);
		return STEP_IDENTITY;
	}
	guard(pid, spec, pipes, &before);
}
