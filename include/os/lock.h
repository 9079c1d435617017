/*
 * Only one run at a time may act on an nginx, under whatever names it was given. Each run writes
 * what it acts on (a pid file, a configuration, a master, a unit) into a file of its own, one line
 * each, and holds a flock(2) on that file; the kernel releases the flock when the process ends. If
 * another live run has written an equal line, both act on the same nginx, and the later one is
 * refused. The files are in a folder that only we can write: /run/nginx-handover for root, also
 * while root acts as another user, else a folder of the user's own. A second flock, held briefly,
 * makes looking at the others' files and writing one's own atomic.
 *
 *	lock_subjects_init -> lock_on_... -> lock_take -> lock_release
 */
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/lock_subjects.h"
#include "os/process.h"

struct lock {
	int fd; /* -1: not held */
	char path[PATH_MAX];
};

/*
 * Takes the lock. what: one line that tells other runs what this one does ("upgrade"). If another
 * run holds the lock, waits wait_us at most for its end (0: does not wait). 0; -EWOULDBLOCK: still
 * held, and ret_holder (size bytes) says by whom, "upgrade (pid 123)"; or -errno, and lock->path is
 * what could not be used. Uses SIGALRM.
 */
int lock_take(struct lock *lock, const struct lock_subjects *s, const char *what, uint64_t wait_us,
	      char *ret_holder, size_t size);

/*
 * Tells other runs that all is done but recording the result, which a slow disk can delay:
 * lock_holder() tells it them, and they may wait for the end of this run.
 */
void lock_ends(const struct lock *lock);

/* Accepts a lock that is not held. */
void lock_release(struct lock *lock);

/*
 * The run that holds a lock on one of these now, and what it does, as it wrote it (ret_what, size
 * bytes). The pid in its file counts only if that process has the start time that the file says,
 * and has the file open. *ret_ends, if not NULL: whether it has called lock_ends(), or a process
 * that it acts on has gone, so that a handover is over although the run may not have seen that yet.
 * 0: the caller must process_close(ret); -ESRCH: nobody holds it, or that cannot be told.
 */
int lock_holder(const struct lock_subjects *s, struct process *ret, char *ret_what, size_t size,
		bool *ret_ends);

/*
 * Waits until nobody holds a write lock of fcntl(2) on a file, as rpm does during a transaction
 * (rpmtxn(3), on .rpm.lock). Holds a lock of its own for a moment only. 0, also if there is no such
 * file; -EWOULDBLOCK: still locked after wait_us; or -errno. Uses SIGALRM.
 */
int lock_await(const char *path, uint64_t wait_us);

#endif
