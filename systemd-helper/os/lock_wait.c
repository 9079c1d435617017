/*
 * Waiting for locks. The calls know no timeout: a timer interrupts them, again and again, since a
 * signal that comes right before the call interrupts nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/lock.h"
#include "os/lock_wait.h"

static void on_alarm(int sig)
{
	(void)sig;
}

static int try_flock(int fd, int kind, bool wait)
{
	return flock(fd, wait ? kind : kind | LOCK_NB) < 0 ? -errno : 0;
}

int lock_try_exclusive(int fd, bool wait)
{
	return try_flock(fd, LOCK_EX, wait);
}

int lock_try_shared(int fd, bool wait)
{
	return try_flock(fd, LOCK_SH, wait);
}

static int try_record(int fd, bool wait)
{
	struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, wait ? F_SETLKW : F_SETLK, &whole) == 0)
		return 0;
	return errno == EACCES || errno == EAGAIN ? -EWOULDBLOCK : -errno;
}

int lock_within(int fd, lock_try_fn *take, uint64_t wait_us)
{
	static const struct itimerval tick = {{0, 50000}, {0, 50000}};
	static const struct itimerval none;
	struct sigaction interrupt = {.sa_flags = 0};
	struct sigaction before;
	sigset_t alarm_alone;
	sigset_t mask;
	uint64_t until_us = clock_us() + wait_us;
	int r = take(fd, false);

	if (r != -EWOULDBLOCK || !wait_us)
		return r;
	interrupt.sa_handler = on_alarm;
	(void)sigemptyset(&interrupt.sa_mask);
	(void)sigaction(SIGALRM, &interrupt, &before);
	/* Whoever started us may have blocked it. */
	(void)sigemptyset(&alarm_alone);
	(void)sigaddset(&alarm_alone, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_alone, &mask);
	(void)setitimer(ITIMER_REAL, &tick, NULL);
	do {
		r = take(fd, true);
	} while (r == -EINTR && clock_us() < until_us);
	(void)setitimer(ITIMER_REAL, &none, NULL);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)sigaction(SIGALRM, &before, NULL);
	return r == -EINTR ? -EWOULDBLOCK : r;
}

int lock_await(const char *path, uint64_t wait_us)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = lock_within(fd, try_record, wait_us);
	(void)close(fd);
	return r;
}
