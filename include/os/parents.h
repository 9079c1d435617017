/*
 * The parent of a process, by the kernel's interface for task statistics (netlink, TASKSTATS; Linux
 * 2.6.18). That takes two system calls, where /proc/PID/stat takes three and a line to be parsed.
 * For a search through thousands of processes.
 *
 *	parents_open -> parents_ask ... -> parents_close
 *
 * Only root gets an answer; a kernel may be built without it; and Linux before 3.8 uses the pids of
 * the first pid namespace. So parents_open() asks for our own parent first: if the answer is not
 * that of getppid(2), the interface is not used.
 */
#ifndef OS_PARENTS_H
#define OS_PARENTS_H

#include <stdint.h>
#include <sys/types.h>

struct parents {
	int fd; /* -1: not available */
	uint16_t family;
};

/* clang-format off */
#define PARENTS_NONE {-1, 0}
/* clang-format on */

/* Where the interface cannot be used, parents_ask() returns -ENOSYS. */
void parents_open(struct parents *p);

/*
 * The parent of a process, or of the process of a thread; 0 for the first process of a namespace.
 * -ENOSYS: the interface is not available; -ESRCH: there is no such process; or -errno.
 */
pid_t parents_ask(struct parents *p, pid_t pid);

void parents_close(struct parents *p);

#endif
