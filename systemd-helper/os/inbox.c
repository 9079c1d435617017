/*
 * The signal handler sets a flag and writes to a self-pipe, which works the same on every kernel.
 * Signals that are blocked stay pending in the kernel, also through an exec.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/inbox.h"
#include "os/proc_status.h"

enum { SIGNALS = 32 };

static volatile sig_atomic_t came[SIGNALS];
static int wake = -1;

static void on_signal(int sig)
{
	int saved = errno;

	came[sig % SIGNALS] = 1;
	(void)!write(wake, "", 1); /* if the pipe is full, it wakes anyway */
	errno = saved;
}

static void set_of(const int *signals, sigset_t *ret)
{
	(void)sigemptyset(ret);
	for (; *signals; signals++)
		(void)sigaddset(ret, *signals);
}

void inbox_hold(const int *signals)
{
	sigset_t set;

	set_of(signals, &set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

int inbox_open(struct inbox *b, const int *signals)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	const int *one;
	sigset_t set;

	if (pipe2(b->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	b->signals = signals;
	wake = b->pipe[1];
	(void)sigfillset(&sa.sa_mask);
	for (one = signals; *one; one++)
		(void)sigaction(*one, &sa, NULL);
	set_of(signals, &set);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 0;
}

uint64_t inbox_take(void)
{
	uint64_t bits = 0;
	int sig;

	for (sig = 1; sig < SIGNALS; sig++) {
		if (!came[sig])
			continue;
		came[sig] = 0;
		bits |= SIGNAL_BIT(sig);
	}
	return bits;
}

void inbox_wait(const struct inbox *b, const int *others, size_t count, uint64_t wait_us)
{
	struct pollfd fds[1 + INBOX_OTHERS] = {{b->pipe[0], POLLIN, 0}};
	struct timespec timeout = clock_timespec(wait_us);
	char buf[256];
	size_t n = 1;

	for (; count > 0 && n <= INBOX_OTHERS; count--, others++) {
		fds[n].fd = *others;
		fds[n++].events = POLLIN;
	}
	if (ppoll(fds, n, &timeout, NULL) <= 0 || !fds[0].revents)
		return;
	while (read(b->pipe[0], buf, sizeof(buf)) > 0)
		;
}
