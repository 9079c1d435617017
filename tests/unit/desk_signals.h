/* The signals that processes at the desk have got, each told by the process that has got it. */
#ifndef DESK_SIGNALS_H
#define DESK_SIGNALS_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int desk_signals[2]; /* a pipe */

struct desk_signal {
	pid_t pid;
	int sig;
};

static inline void desk_note_signal(int sig)
{
	struct desk_signal s = {(pid_t)syscall(SYS_getpid), sig};
	int saved = errno;

	(void)!write(desk_signals[1], &s, sizeof(s));
	errno = saved;
}

static const int desk_noted[] = {SIGHUP, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};

/* In the process: it tells of the signals, and lives on. */
static inline bool desk_listen(const void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(desk_noted) / sizeof(desk_noted[0]); i++) {
		if (signal(desk_noted[i], desk_note_signal) == SIG_ERR)
			return false;
	}
	return true;
}

/* The next signal that one of them has got, within so many ms. */
static inline bool desk_next_signal(int wait_ms, struct desk_signal *ret)
{
	struct pollfd p = {desk_signals[0], POLLIN, 0};

	return poll(&p, 1, wait_ms) > 0 &&
	       read(desk_signals[0], ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
}

#endif
