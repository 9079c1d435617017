/*
 * One ppoll() over a self-pipe (for signals) and pidfds. A self-pipe and not signalfd, because it
 * works the same on every kernel. No inotify: nothing that we wait for shows in a folder alone, and
 * closing an inotify descriptor takes 10 to 20 ms (it waits for other readers in the kernel),
 * longer than a whole handover.
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
#include "os/process.h"
#include "os/waker.h"

static const int handled[] = {SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGHUP, SIGPIPE};
enum { HANDLED = sizeof(handled) / sizeof(handled[0]) };

static volatile sig_atomic_t caught;
static volatile sig_atomic_t caught_hurry;
static int self_pipe[2] = {-1, -1};

static void on_signal(int sig)
{
	int saved = errno;

	if (sig == SIGUSR1)
		caught_hurry = 1;
	else
		caught = sig;
	(void)!write(self_pipe[1], "", 1); /* if the pipe is full, it wakes anyway */
	errno = saved;
}

int waker_open(struct waker *w)
{
	size_t i;

	if (pipe2(self_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	for (i = 0; i < HANDLED; i++) {
		struct sigaction sa = {.sa_flags = SA_RESTART};

		sa.sa_handler = handled[i] == SIGHUP || handled[i] == SIGPIPE ? SIG_IGN : on_signal;
		(void)sigemptyset(&sa.sa_mask);
		(void)sigaction(handled[i], &sa, NULL);
	}
	w->signals = self_pipe[0];
	for (i = 0; i < WAKER_PROCESSES; i++)
		w->processes[i] = -1;
	w->other = -1;
	w->woke_us = clock_us();
	return 0;
}

void waker_close(struct waker *w)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (self_pipe[i] >= 0)
			(void)close(self_pipe[i]);
		self_pipe[i] = -1;
	}
	w->signals = -1;
}

void waker_watch_process(struct waker *w, unsigned slot, const struct process *p)
{
	w->processes[slot] = p->pidfd;
}

int waker_take_signal(void)
{
	int sig = caught;

	caught = 0;
	return sig;
}

bool waker_signalled(void)
{
	return caught != 0;
}

bool waker_take_hurry(void)
{
	bool hurry = caught_hurry != 0;

	caught_hurry = 0;
	return hurry;
}

static void drain(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

/*
 * The time of a look only moves the upper bound: one look that was delayed must not delay the next
 * one while the intervals are still short.
 */
uint64_t look_interval_us(uint64_t waited_us, uint64_t look_us)
{
	uint64_t in_us = waited_us / 8;
	uint64_t most_us = look_us * LOOK_COSTS;

	if (most_us < LOOK_LAST_US)
		most_us = LOOK_LAST_US;
	if (most_us > LOOK_SLOWEST_US)
		most_us = LOOK_SLOWEST_US;
	if (in_us > most_us)
		in_us = most_us;
	return in_us < LOOK_FIRST_US ? LOOK_FIRST_US : in_us;
}

static void wait_for_event(struct waker *w, uint64_t wait_us)
{
	enum { OTHER = 1 + WAKER_PROCESSES, COUNT };
	struct pollfd fds[COUNT] = {{w->signals, POLLIN, 0}};
	struct timespec timeout;
	size_t i;

	for (i = 0; i < WAKER_PROCESSES; i++) {
		fds[1 + i].fd = w->processes[i];
		fds[1 + i].events = POLLIN;
	}
	fds[OTHER].fd = w->other;
	fds[OTHER].events = POLLIN;
	timeout = clock_timespec(wait_us);
	if (ppoll(fds, COUNT, &timeout, NULL) <= 0)
		return;
	if (fds[0].revents)
		drain(fds[0].fd);
	/* The pidfd of an exited process stays readable: do not watch it again. */
	for (i = 0; i < WAKER_PROCESSES; i++) {
		if (fds[1 + i].revents)
			w->processes[i] = -1;
	}
}

void waker_wait(struct waker *w, uint64_t since_us, uint64_t until_us)
{
	uint64_t now_us = clock_us();
	uint64_t waited_us = since_us < now_us ? now_us - since_us : 0;
	uint64_t wait_us = look_interval_us(waited_us, now_us - w->woke_us);

	if (now_us >= until_us)
		return;
	wait_for_event(w, wait_us < until_us - now_us ? wait_us : until_us - now_us);
	w->woke_us = clock_us();
}

void waker_watch(struct waker *w, uint64_t wait_us)
{
	wait_for_event(w, wait_us);
	w->woke_us = clock_us();
}
