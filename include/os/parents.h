/*
 * Whose child a process is, asked of the kernel by its interface for statistics of tasks (netlink,
 * TASKSTATS; Linux 2.6.18): one system call to ask and one to hear, where /proc/PID/stat takes
 * three and writes a line that has to be read. For those who ask thousands.
 *
 *	parents_open -> parents_ask ... -> parents_close
 *
 * The kernel answers root alone, may be built without it, and before Linux 3.8 counts processes as
 * the first pid namespace does. So it is asked about ourselves first, and not believed unless it
 * says what getppid(2) does.
 */
#ifndef OS_PARENTS_H
#define OS_PARENTS_H

#include <stdint.h>
#include <sys/types.h>

struct parents {
	int fd; /* -1: not to be had */
	uint16_t family;
};

/* clang-format off */
#define PARENTS_NONE {-1, 0}
/* clang-format on */

/* Where it is not to be had, parents_ask() says so. */
void parents_open(struct parents *p);

/* The parent of a process, or of a thread's process; 0 for the first one of a namespace. -ENOSYS:
 * not to be had; -ESRCH: there is no such process; else -errno. */
pid_t parents_ask(struct parents *p, pid_t pid);

void parents_close(struct parents *p);

#endif
