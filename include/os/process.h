/*
 * One process, identified by pid and start time, and by a pidfd where the kernel has them. Every
 * signal to a process that is not our own child is sent by process_signal().
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
 * 0: the caller must process_close(ret). -ESRCH: no such process, or it is a zombie; -EACCES,
 * -ENODATA: the process exists, but /proc does not show it to us; or -errno.
 */
int process_open(pid_t pid, struct process *ret);

/*
 * For a process that /proc does not show: -ESRCH: the kernel has no such process; -EACCES,
 * -ENODATA: it exists, and is hidden from us.
 */
int process_not_shown(pid_t pid);

/* Accepts PROCESS_NONE. Sets *p to PROCESS_NONE. */
void process_close(struct process *p);

/* Whether the process exists now and is not a zombie. True also if that could not be read. */
bool process_alive(const struct process *p);

/*
 * Waits until the process ends, a signal arrives, or wait_us is over. Without a pidfd the end of
 * the process does not end the wait.
 */
void process_wait(const struct process *p, uint64_t wait_us);

/* By pid and start time. */
bool process_same(const struct process *a, const struct process *b);

/*
 * Checks that it is still the same process, then sends the signal. 0; -ESRCH: the process is gone,
 * nothing was sent; or -errno. With a pidfd another process that got the same pid can never be hit;
 * without one only if that happens between two system calls.
 */
int process_signal(const struct process *p, int sig);

#endif
