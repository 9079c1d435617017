/* Waiting for a lock of the kernel with a deadline. For lock.c and lock_room.c. */
#ifndef OS_LOCK_WAIT_H
#define OS_LOCK_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* Tries to take a lock once. 0; -EWOULDBLOCK: held by another (if !wait); -EINTR; or -errno. */
typedef int lock_try_fn(int fd, bool wait);

lock_try_fn lock_try_exclusive; /* flock(2) */
lock_try_fn lock_try_shared;

/* 0; -EWOULDBLOCK: still held after wait_us; or -errno. Uses SIGALRM if it has to wait. */
int lock_within(int fd, lock_try_fn *take, uint64_t wait_us);

#endif
