/* How many CPUs a process can use. */
#ifndef OS_CPUS_H
#define OS_CPUS_H

#include <sys/types.h>

/*
 * The number of CPUs that are online, or that the process may run on (sched_getaffinity(2)),
 * whichever is less. 0: unknown.
 */
unsigned cpus_of(pid_t pid);

#endif
