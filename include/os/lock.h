/*
 * One run at a time for one nginx. The lock is a flock(2) on a file in a folder that only we can
 * write (/run/nginx-handover, or one of the user's own); the kernel lets go of it when the run
 *dies, however that happens. The file stays: removing it would let two runs hold "the" lock.
 *
 *	lock_take -> ... -> lock_release
 */
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

struct lock {
	int fd; /* -1: not held */
	char path[PATH_MAX];
};

/*
 * subject is what is locked: the path of a pid file. what is one line that a refused run may show
 * ("upgrade"). Where another holds it, waits for it for wait_us (0: not at all; this uses SIGALRM).
 * 0; -EWOULDBLOCK: held, and ret_holder (size bytes) says by whom; -errno, with
 * lock->path naming what could not be used.
 */
int lock_take(struct lock *lock, const char *subject, const char *what, uint64_t wait_us,
	      char *ret_holder, size_t size);

void lock_release(struct lock *lock);

/*
 * Waits until nobody holds a lock of fcntl(2) for writing on this file, as rpm does during a
 * transaction (rpmtxn(3), on .rpm.lock); takes none for longer than a moment. 0, also where there
 * is no such file; -EWOULDBLOCK: not in that time; -errno. Uses SIGALRM.
 */
int lock_await(const char *path, uint64_t wait_us);

#endif
