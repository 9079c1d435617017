/*
 * The parent's side: checks the request, starts the tracer, sends USR2 and waits for the result.
 *
 *	check -> fork -> the tracer has seized the master -> USR2 -> its result -> its end
 *
 * The end of the tracer detaches everything, so there is nothing else to undo here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/compat.h"
#include "os/foreign_socket.h"
#include "trust/door_private.h"
#include "trust/subject.h"
#include "trust/usr2_fresh.h"
#include "trust/usr2_fresh_private.h"

enum { CAPABILITY_PTRACE = 19 };

/* The parent kills the tracer at its timeout; this much later the tracer's own timer does. */
#define LATER_US 100000u

/* Not the name of the program: who kills that by its name does not mean the tracer. */
#define TRACER_NAME "handover-tracer"

/* ---- checks ---- */

/*
 * Needs CAP_SYS_PTRACE: a program that is executed while traced by a process without it does not
 * get the capabilities of its file, and nginx might not be able to listen (capabilities(7)).
 */
static int may_trace(void)
{
	struct capabilities own;
	int r = compat_capget(&own);

	if (r < 0)
		return r;
	/* An invalid request for no process: only shows whether a filter refuses ptrace(2). */
	if (compat_ptrace(-1, 0, NULL, NULL) == -EPERM)
		return -EPERM;
	return (own.effective >> CAPABILITY_PTRACE & 1) ? 0 : -EPERM;
}

/* Whether a second socket can be opened for the address of each of them. */
static int check_sockets(const struct usr2_fresh *ask)
{
	size_t i;

	if (!ask->count)
		return -EINVAL;
	for (i = 0; i < ask->count; i++) {
		int fd = foreign_socket_open(&ask->master->process, ask->numbers[i]);
		int shares = fd < 0 ? fd : socket_shares_address(fd);

		if (fd >= 0)
			(void)close(fd);
		if (shares <= 0)
			return shares && shares != -EBADF ? shares : -ENOTSUP;
	}
	return 0;
}

/* ---- the tracer ---- */

static void be_tracer(const struct usr2_fresh *ask, int told) __attribute__((noreturn));

/*
 * The kernel kills the tracer when its time is over (SIGALRM). All other signals that can be
 * blocked are, so nothing else stops or ends it. It outlives a parent that is killed: USR2 may have
 * been sent, and a new master that inherits the sockets takes packets of the old one's clients. It
 * does not keep the parent's lock for that time.
 */
static void be_tracer(const struct usr2_fresh *ask, int told)
{
	int keep[] = {told, ask->master->process.pidfd};
	const struct timespec most = clock_timespec(ask->timeout_us + LATER_US);
	struct itimerval timer = {{0, 0}, {most.tv_sec, most.tv_nsec / 1000}};
	struct sigaction by_default;
	sigset_t all;

	memset(&by_default, 0, sizeof(by_default));
	by_default.sa_handler = SIG_DFL;
	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGALRM);
	if (sigaction(SIGALRM, &by_default, NULL) < 0 || sigprocmask(SIG_SETMASK, &all, NULL) < 0 ||
	    setitimer(ITIMER_REAL, &timer, NULL) < 0)
		_exit(1);
	(void)prctl(PR_SET_NAME, TRACER_NAME, 0, 0, 0);
	door_close_others(keep, sizeof(keep) / sizeof(keep[0]));
	usr2_fresh_trace(ask, told);
	_exit(0);
}

/* Reads one word. 0; -ETIMEDOUT; -ECHILD: the tracer has ended without one. */
static int read_word(int told, uint64_t until_us, struct usr2_fresh_word *ret)
{
	struct pollfd fd = {told, POLLIN, 0};
	int r = 0;

	while (r <= 0) {
		uint64_t now_us = clock_us();
		struct timespec rest = clock_timespec(now_us < until_us ? until_us - now_us : 0);

		r = ppoll(&fd, 1, &rest, NULL);
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0 && now_us >= until_us)
			return -ETIMEDOUT;
	}
	return read(told, ret, sizeof(*ret)) == (ssize_t)sizeof(*ret) ? 0 : -ECHILD;
}

/* When this returns, no process is traced any more. */
static void end_tracer(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The result in the tracer's next word. Sets ret->step; `nothing`: the step if no word comes. */
static int await_word(int told, uint64_t until_us, const char *nothing, struct usr2_freshened *ret)
{
	struct usr2_fresh_word word = {0, USR2_FRESH_DONE};
	int r = read_word(told, until_us, &word);

	ret->step = r < 0 ? nothing : usr2_fresh_step_text(word.step);
	return r < 0 ? r : -word.error;
}

static int start_tracer(const struct usr2_fresh *ask, pid_t *ret_pid, int *ret_told)
{
	int told[2];

	if (pipe2(told, O_CLOEXEC) < 0)
		return -errno;
	*ret_pid = fork();
	if (*ret_pid == 0)
		be_tracer(ask, told[1]);
	(void)close(told[1]);
	if (*ret_pid < 0) {
		int r = -errno;

		(void)close(told[0]);
		return r;
	}
	*ret_told = told[0];
	return 0;
}

int usr2_fresh(const struct usr2_fresh *ask, struct usr2_freshened *ret)
{
	uint64_t began_us = clock_us();
	uint64_t until_us = began_us + ask->timeout_us;
	int told = -1;
	pid_t pid = 0;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->step = usr2_fresh_step_text(USR2_FRESH_SEIZE);
	r = may_trace();
	if (!r) {
		ret->step = "look at its sockets";
		r = subject_same(ask->master);
	}
	if (!r)
		r = check_sockets(ask);
	if (!r) {
		ret->step = usr2_fresh_step_text(USR2_FRESH_SEIZE);
		r = start_tracer(ask, &pid, &told);
	}
	if (r < 0)
		return r;
	r = await_word(told, until_us, usr2_fresh_step_text(USR2_FRESH_SEIZE), ret);
	if (!r) {
		ret->step = "send USR2";
		r = subject_signal(ask->master, SIGUSR2);
	}
	if (!r)
		ret->error = await_word(told, until_us, usr2_fresh_step_text(USR2_FRESH_EXEC), ret);
	end_tracer(pid);
	(void)close(told);
	ret->took_us = clock_us() - began_us;
	/* It ended without a word: killed by the system call filter of a unit. */
	return r == -ECHILD ? -EPERM : r;
}
