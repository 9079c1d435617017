/*
 * One run at a time for one nginx, however it is spelled. A run notes in a file of its own what it
 * acts on (a pid file, a configuration, a master, a unit), and holds a flock(2) on that file for as
 * long as it lives; the kernel drops that with the process. Two runs that note an equal line are at
 * work on the same nginx: the second one is refused. The files are in a folder that only we can
 * write (/run/nginx-handover, root's also while it acts as another user, or one of the user's own);
 * one flock for all, held for a moment, keeps looking and noting in one piece.
 *
 *	lock_subjects_init -> lock_on_... -> lock_take -> (lock_add) -> lock_release
 */
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/process.h"

enum { LOCK_LINES_MAX = 16, LOCK_LINE_MAX = 512 };

/* What a run acts on, one line each. */
struct lock_subjects {
	size_t count;
	char list[LOCK_LINES_MAX][LOCK_LINE_MAX];
};

struct lock {
	int fd; /* -1: not held */
	char path[PATH_MAX];
};

void lock_subjects_init(struct lock_subjects *s);

/*
 * Each notes one thing: 0; -E2BIG: too many; -ENAMETOOLONG; else -errno, and nothing is noted. kind
 * is one word; things of different kinds are never equal.
 */

/*
 * A pid file, which need not exist, and neither need its folders: noted is the folder as device and
 * inode, so that all its names count as one, with the file's name. It is noted from two folders
 * further up, too, since a folder that is removed and made anew (systemd: RuntimeDirectory=) is
 * another one. root as in rooted_path(); path must be absolute.
 */
int lock_on_pid_file(struct lock_subjects *s, const char *root, const char *path);

/* A file that exists, by device and inode. */
int lock_on_file(struct lock_subjects *s, const char *kind, const char *path);

/* A process, by pid and start time. */
int lock_on_process(struct lock_subjects *s, const struct process *p);

int lock_on_text(struct lock_subjects *s, const char *kind, const char *text);

/*
 * Makes lines of another purpose of what has been noted: such a lock keeps off, and is found by,
 * those alone that have the same one. One word. 0; -ENAMETOOLONG: with what is too long left out.
 */
int lock_for(struct lock_subjects *s, const char *purpose);

/*
 * what is one line that a refused run may show ("upgrade"). Where another run holds it, waits for
 * its end for wait_us (0: not at all). 0; -EWOULDBLOCK: held, and ret_holder (size bytes) says by
 * whom, "upgrade (pid 123)"; -errno, with lock->path naming what could not be used. Uses SIGALRM.
 */
int lock_take(struct lock *lock, const struct lock_subjects *s, const char *what, uint64_t wait_us,
	      char *ret_holder, size_t size);

/* Notes more in a lock that is held. As lock_take() without a wait; after a failure it is held as
 * before. */
int lock_add(struct lock *lock, const struct lock_subjects *more, char *ret_holder, size_t size);

/* Accepts one that is not held. */
void lock_release(struct lock *lock);

/*
 * Who holds a lock on one of these in this moment, and at what it is, as it wrote it (size bytes).
 * The pid in its file counts only where that process started when the file says, and has the file
 * open. -ESRCH: nobody, or it cannot be told. The process must be closed.
 */
int lock_holder(const struct lock_subjects *s, struct process *ret, char *ret_what, size_t size);

/*
 * Waits until nobody holds a lock of fcntl(2) for writing on this file, as rpm does during a
 * transaction (rpmtxn(3), on .rpm.lock); takes none for longer than a moment. 0, also where there
 * is no such file; -EWOULDBLOCK: not in that time; -errno. Uses SIGALRM.
 */
int lock_await(const char *path, uint64_t wait_us);

#endif
