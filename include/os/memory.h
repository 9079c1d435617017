/* How much memory there is and how much a process would need again. Bytes. */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What these processes, a parent and its children, would need again beside them. What they share
 * by fork or as shared memory counts once: each has its share of it (Pss), without the files that
 * are mapped (Linux 5.3 tells them apart; before, they count). From Linux 4.14 on smaps_rollup
 * tells it, before, smaps. Where neither may be read (another user's process, in a container) a
 * child counts with what it has more than its parent.
 */
uint64_t memory_of_family(pid_t parent, const pid_t *children, size_t count);

/* About the same, for who must be quick: shares are asked for only where there are few children. */
uint64_t memory_about(pid_t parent, const pid_t *children, size_t count);

/* Free, reclaimable or in swap on this machine. UINT64_MAX when the kernel does not say. */
uint64_t memory_available(void);

/* What a memory cgroup still allows. */
struct memory_left {
	uint64_t bytes;        /* UINT64_MAX: no limit was found */
	char folder[PATH_MAX]; /* of the cgroup that has the limit */
	bool is_v2;
};

/*
 * The least that the memory cgroup of this process (v1 or v2) and those above it allow: what the
 * kernel can reclaim of files is not counted as used.
 */
void memory_cgroup_left(pid_t pid, struct memory_left *ret);

#endif
