/*
 * Waiting through one ppoll() over a self-pipe for signals, pidfds and inotify. A self-pipe rather
 * than signalfd, so that it is the same on every kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/waker.h"

static const int handled[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
enum { HANDLED = sizeof(handled) / sizeof(handled[0]) };

static volatile sig_atomic_t caught;
static int self_pipe[2] = {-1, -1};

static void on_signal(int sig)
{
	int saved = errno;

	caught = sig;
	(void)!write(self_pipe[1], "", 1); /* full: a wake-up is under way already */
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
	w->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	w->watched = -1;
	for (i = 0; i < WAKER_PROCESSES; i++)
		w->processes[i] = -1;
	return 0;
}

void waker_close(struct waker *w)
{
	size_t i;

	if (w->inotify >= 0)
		(void)close(w->inotify);
	for (i = 0; i < 2; i++) {
		if (self_pipe[i] >= 0)
			(void)close(self_pipe[i]);
		self_pipe[i] = -1;
	}
	w->inotify = -1;
	w->signals = -1;
}

void waker_watch_folder(struct waker *w, const char *folder)
{
	if (w->inotify < 0)
		return;
	if (w->watched >= 0)
		(void)inotify_rm_watch(w->inotify, w->watched);
	w->watched = inotify_add_watch(w->inotify, folder,
				       IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
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

static void drain(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

/* An eighth of the time waited so far, within bounds, and not past the deadline. */
static uint64_t look_in_us(uint64_t now_us, uint64_t since_us, uint64_t until_us)
{
	uint64_t look_us = (now_us - since_us) / 8;

	if (look_us < LOOK_FIRST_US)
		look_us = LOOK_FIRST_US;
	if (look_us > LOOK_LAST_US)
		look_us = LOOK_LAST_US;
	return look_us < until_us - now_us ? look_us : until_us - now_us;
}

void waker_wait(struct waker *w, uint64_t since_us, uint64_t until_us)
{
	struct pollfd fds[2 + WAKER_PROCESSES] = {{w->signals, POLLIN, 0}, {w->inotify, POLLIN, 0}};
	uint64_t now_us = clock_us();
	struct timespec timeout;
	uint64_t look_us;
	size_t i;

	if (now_us >= until_us)
		return;
	for (i = 0; i < WAKER_PROCESSES; i++) {
		fds[2 + i].fd = w->processes[i];
		fds[2 + i].events = POLLIN;
	}
	look_us = look_in_us(now_us, since_us < now_us ? since_us : now_us, until_us);
	timeout.tv_sec = (time_t)(look_us / 1000000u);
	timeout.tv_nsec = (long)(look_us % 1000000u) * 1000;
	if (ppoll(fds, 2 + WAKER_PROCESSES, &timeout, NULL) <= 0)
		return;
	for (i = 0; i < 2; i++) {
		if (fds[i].revents)
			drain(fds[i].fd);
	}
	/* An exited process stays readable: once is enough. */
	for (i = 0; i < WAKER_PROCESSES; i++) {
		if (fds[2 + i].revents)
			w->processes[i] = -1;
	}
}
