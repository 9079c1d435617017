/* Waiting for a lock of the kernel with a deadline; for lock.c. */
#ifndef OS_LOCK_WAIT_H
#define OS_LOCK_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* One try at a lock: 0; -EWOULDBLOCK: held (where wait is false); -EINTR; -errno. */
typedef int lock_try_fn(int fd, bool wait);

lock_try_fn lock_try_exclusive; /* flock(2) */
lock_try_fn lock_try_shared;

/* 0; -EWOULDBLOCK: not in that time; -errno. Uses SIGALRM where it has to wait. */
int lock_within(int fd, lock_try_fn *take, uint64_t wait_us);

#endif
