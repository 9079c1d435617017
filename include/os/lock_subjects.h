/* What a run acts on, for the lock of os/lock.h: each thing is a line of text. */
#ifndef OS_LOCK_SUBJECTS_H
#define OS_LOCK_SUBJECTS_H

#include <stddef.h>

#include "os/process.h"

enum { LOCK_LINES_MAX = 16, LOCK_LINE_MAX = 512 };

/* What a run acts on, one line for each thing. */
struct lock_subjects {
	size_t count;
	char list[LOCK_LINES_MAX][LOCK_LINE_MAX];
};

void lock_subjects_init(struct lock_subjects *s);

/*
 * Each lock_on_...() adds one thing. 0; -E2BIG: too many; -ENAMETOOLONG; or -errno. On failure
 * nothing is added. kind is one word; things of different kinds are never equal.
 */

/*
 * A pid file. Neither it nor its folders need exist. The line has the device and inode of the
 * nearest folder that exists, so that all names of that folder are equal, and the rest of the path.
 * Lines from the next two folders above are added, too: a folder that is removed and created again
 * (systemd: RuntimeDirectory=) has a new inode. root: as in rooted_path(); path must be absolute.
 */
int lock_on_pid_file(struct lock_subjects *s, const char *root, const char *path);

/* A file that exists, by device and inode. */
int lock_on_file(struct lock_subjects *s, const char *kind, const char *path);

/* A process, by pid and start time. */
int lock_on_process(struct lock_subjects *s, const struct process *p);

int lock_on_text(struct lock_subjects *s, const char *kind, const char *text);

/*
 * Marks all lines with a purpose (one word). Such a lock conflicts only with locks that have the
 * same purpose. 0; -ENAMETOOLONG: lines that became too long were removed.
 */
int lock_for(struct lock_subjects *s, const char *purpose);

#endif
