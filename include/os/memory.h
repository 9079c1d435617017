/* How much memory is available, and how much a second set of processes would need. In bytes. */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * How much memory a copy of these processes, a parent and its children, would need. Memory that
 * they share counts once: the sum of each one's proportional share (Pss), without mapped files
 * (before Linux 5.3 these cannot be told apart, and count). Read from smaps_rollup (Linux 4.14), or
 * smaps. Where neither may be read (another user's process, in a container), the parent counts with
 * its resident memory, and a child with what it has more than its parent.
 */
uint64_t memory_of_family(pid_t parent, const pid_t *children, size_t count);

/* An estimate of the same that is quick: reads the shares only where there are few children. */
uint64_t memory_about(pid_t parent, const pid_t *children, size_t count);

/* Memory that is free or reclaimable on this machine, and free swap. UINT64_MAX: unknown. */
uint64_t memory_available(void);

/* How much more memory a cgroup allows. */
struct memory_left {
	uint64_t bytes;        /* UINT64_MAX: no limit was found */
	char folder[PATH_MAX]; /* of the cgroup that has the limit; "": none */
	bool is_v2;            /* it is a cgroup of v2 */
};

/*
 * How much more memory the cgroup of a process (v1 or v2) and all cgroups above it allow: the least
 * of them. Files in the page cache, which the kernel can reclaim, do not count as used.
 */
void memory_cgroup_left(pid_t pid, struct memory_left *ret);

#endif
