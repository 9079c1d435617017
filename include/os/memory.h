/* How much memory there is and how much a process would need again. Bytes. */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include <stdint.h>
#include <sys/types.h>

/*
 * What a process holds for itself: not shared with its parent's file mappings. From Linux 4.5 on
 * RssAnon; before, VmRSS, which is more. 0 when it is gone.
 */
uint64_t memory_own(pid_t pid);

/* Free, reclaimable or in swap on this machine. UINT64_MAX when the kernel does not say. */
uint64_t memory_available(void);

/* What the memory cgroup of this process (v1 or v2) still allows. UINT64_MAX: no limit found. */
uint64_t memory_cgroup_left(pid_t pid);

#endif
