/* Waits for locks. flock(2) and fcntl(2) have no timeout, so a timer interrupts them. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/lock.h"
#include "os/lock_wait.h"
#include "os/tick.h"

/* How long after its deadline a wait may end. */
enum { TICK_US = 50000 };

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
	uint64_t until_us = clock_us() + wait_us;
	struct tick tick;
	int r = take(fd, false);

	if (r != -EWOULDBLOCK || !wait_us)
		return r;
	tick_begin(&tick, TICK_US);
	do {
		r = take(fd, true);
	} while (r == -EINTR && clock_us() < until_us);
	tick_end(&tick);
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
