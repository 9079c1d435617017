/*
 * The children of one process, from look to look. A child may be missed while others exit
 * (proc(5)): look twice before you call one gone.
 *
 *	CHILDREN_NONE -> children_look -> read pids ... -> children_free
 *
 * Linux before 3.5, or built without CONFIG_PROC_CHILDREN, has no /proc/PID/task/PID/children.
 * There all processes are gone through at the first look and now and then, and at the looks between
 * only those that have been started since: the kernel tells the pid that it gave out last.
 */
#ifndef OS_CHILDREN_H
#define OS_CHILDREN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All processes are gone through no more often than this, nor in more than this share of the time.
 */
#define CHILDREN_SEARCH_US    1000000u
#define CHILDREN_SEARCH_COSTS 16u

struct children {
	pid_t *pids; /* as of the last look */
	size_t count;
	size_t room;
	/* Where all have to be gone through. */
	pid_t last_given;   /* what the kernel had given out last, at the last look; 0: unknown */
	uint64_t search_us; /* when all are due */
};

/* clang-format off */
#define CHILDREN_NONE {NULL, 0, 0, 0, 0}
/* clang-format on */

/* 0, -ESRCH when the parent is gone, -ENOMEM, or -errno when /proc cannot be read. */
int children_look(struct children *c, pid_t parent);

void children_free(struct children *c);

#endif
