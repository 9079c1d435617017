/*
 * One process, by pid and start time, and by a pidfd where the kernel has them. Nothing else in the
 * program sends a signal.
 *
 *	process_open -> process_alive / process_signal ... -> process_close
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid; /* 0: none */
	uint64_t start_ticks;
	int pidfd; /* -1: the kernel has none */
};

/* clang-format off */
#define PROCESS_NONE {0, 0, -1}
/* clang-format on */

/*
 * -ESRCH when no such process lives (a zombie does not). -EACCES, -ENODATA: there is one, but /proc
 * does not show it to us.
 */
int process_open(pid_t pid, struct process *ret);

/*
 * Of a process that /proc does not show: -ESRCH when the kernel says that there is none; -EACCES or
 * -ENODATA when there is one.
 */
int process_not_shown(pid_t pid);

/* Accepts PROCESS_NONE. Leaves PROCESS_NONE behind. */
void process_close(struct process *p);

/* Looks now: the same process, and not a zombie. Nobody is dead because a look failed. */
bool process_alive(const struct process *p);

/* Waits for its end, for so long at most; where there is no pidfd just so long. A signal ends it.
 */
void process_wait(const struct process *p, uint64_t wait_us);

bool process_same(const struct process *a, const struct process *b);

/*
 * Checks the identity now, then signals. -ESRCH: that process is gone, nothing was sent. With a
 * pidfd a recycled pid cannot be hit; without one the gap is that between two system calls.
 */
int process_signal(const struct process *p, int sig);

#endif
