/* How many CPUs there are for a process. */
#ifndef OS_CPUS_H
#define OS_CPUS_H

#include <sys/types.h>

/*
 * Those that are online, or those that this process may run on (sched_getaffinity(2)), whichever
 * are fewer; 0 where that cannot be told.
 */
unsigned cpus_of(pid_t pid);

#endif
