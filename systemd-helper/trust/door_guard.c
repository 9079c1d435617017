/*
 * The guard of a program: a process between us and the program, which is the guard's child. The
 * guard kills the program and all that it has started when the program has ended; when we close our
 * end of a pipe, or end ourselves in whatever way; and when the time is over, even if we hang.
 * Processes that left the program's group and session become children of the guard (prctl(2),
 * PR_SET_CHILD_SUBREAPER, Linux 3.4), so they cannot escape.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/children.h"
#include "os/clock.h"
#include "os/identity.h"
#include "trust/door.h"
#include "trust/door_private.h"

#ifndef PR_SET_CHILD_SUBREAPER
#define PR_SET_CHILD_SUBREAPER 36
#endif

/* How long to wait after SIGKILL. Only a process that waits for a dead disk takes longer. */
#define KILLED_US 2000000u

static void on_child(int sig)
{
	(void)sig; /* only interrupts ppoll() */
}

/*
 * Signals from a terminal, or to a whole group or cgroup, must not end the guard. SIGCHLD is
 * blocked except in ppoll(). *ret_before: the mask for ppoll().
 */
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

/* Leaves our terminal, and closes the program's streams. */
static void detach(const struct door_pipes *pipes)
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

/*
 * Waits until a child ends, fd is readable (-1: none), or the time is over. Returns true if fd is
 * readable, or if the time was over before.
 */
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

/* Does not reap it, so that its pid is not reused before end_all(). */
static bool has_ended(pid_t pid)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid == pid;
}

/* The pids of our children are not reused before we wait for them. */
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

/* Kills the program and all its descendants. Returns the status of the program. */
static int end_all(pid_t pid, const sigset_t *mask)
{
	uint64_t until_us = clock_us() + KILLED_US;
	int status = SIGKILL; /* as from waitpid(): killed by that signal */
	int ended = 0;
	pid_t whom;

	(void)kill(-pid, SIGKILL);
	(void)kill(pid, SIGKILL); /* it may not have a group of its own yet */
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

static void be_guard(pid_t pid, const struct door_spec *spec, const struct door_pipes *pipes,
		     const sigset_t *mask) __attribute__((noreturn));

static void be_guard(pid_t pid, const struct door_spec *spec, const struct door_pipes *pipes,
		     const sigset_t *mask)
{
	uint64_t until_us = clock_us() + spec->guard_us;
	struct door_failure f = {0, STEP_DONE};

	detach(pipes);
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
	be_guard(pid, spec, pipes, &before);
}
