/* Counts the CPUs that a process can use. */
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

#include "os/cpus.h"

unsigned cpus_of(pid_t pid)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t allowed;

	if (online < 1 || sched_getaffinity(pid, sizeof(allowed), &allowed) < 0)
		return 0;
	return CPU_COUNT(&allowed) < online ? (unsigned)CPU_COUNT(&allowed) : (unsigned)online;
}
