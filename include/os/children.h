/*
 * The children of one process, looked at again and again. The kernel's list may miss a child while
 * others exit (proc(5)): look twice before you take one for gone.
 *
 *	CHILDREN_NONE -> children_look -> read pids ... -> children_free
 *
 * Linux before 3.5, or built without CONFIG_PROC_CHILDREN, has no /proc/PID/task/PID/children.
 * There, the first look and a few later ones search all processes; the looks in between search only
 * those that were started since. (The kernel shows the last pid that it assigned.)
 */
#ifndef OS_CHILDREN_H
#define OS_CHILDREN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * All processes are searched at most once in CHILDREN_SEARCH_US, and for at most one part in
 * CHILDREN_SEARCH_COSTS of the time.
 */
#define CHILDREN_SEARCH_US    1000000u
#define CHILDREN_SEARCH_COSTS 16u

struct children {
	pid_t *pids; /* as of the last look */
	size_t count;
	size_t room;
	/* Used only where the kernel has no list of children. */
	pid_t last_pid;     /* the last pid that was assigned before the last look; 0: unknown */
	uint64_t search_us; /* when all processes are to be searched next; clock_us() */
};

/* clang-format off */
#define CHILDREN_NONE {NULL, 0, 0, 0, 0}
/* clang-format on */

/*
 * Fills c->pids and c->count. c is for one parent only. 0; -ESRCH: the parent is gone; -ENOMEM; or
 * -errno: /proc cannot be read.
 */
int children_look(struct children *c, pid_t parent);

void children_free(struct children *c);

#endif
