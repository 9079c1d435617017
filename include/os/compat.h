/*
 * Calls that are newer than the oldest kernel and libc we run on (2.6.32, glibc 2.12). Each answers
 * -ENOSYS where the kernel does not know it; no caller has an #ifdef.
 */
#ifndef OS_COMPAT_H
#define OS_COMPAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* pidfd_open(2), Linux 5.3; the descriptor is close-on-exec. */
int compat_pidfd_open(pid_t pid);

/* pidfd_send_signal(2), Linux 5.1. */
int compat_pidfd_send_signal(int pidfd, int sig);

/* setns(2), Linux 3.0; glibc has it from 2.14. */
int compat_setns(int fd, int type);

/*
 * execveat(2), Linux 3.19. Comes back only on failure: -errno. flags: COMPAT_EMPTY_PATH: what fd
 * itself is; COMPAT_NO_FOLLOW: not where the last part is a link.
 */
#define COMPAT_EMPTY_PATH 0x1000
#define COMPAT_NO_FOLLOW  0x100
int compat_execveat(int fd, const char *path, char *const *argv, char *const *envp, int flags);

/* close_range(2), Linux 5.9: first to last, both included. */
int compat_close_range(unsigned first, unsigned last);

/* rt_sigaction(2): SIG_DFL also for the two signals that libc keeps for itself. */
int compat_default_signal(int sig);

/* prlimit(2), Linux 2.6.36: the limits of another process. ~0: none. */
int compat_prlimit(pid_t pid, int resource, uint64_t *ret_soft, uint64_t *ret_hard);

/* Which argument of a call of that number is the path that it opens, from 0 on; -1: it opens none.
 */
int compat_opens_path(long number);

/* Whether a call of that number writes to the descriptor that is its first argument. */
bool compat_writes(long number);

/* capget(2), capset(2) of the caller: a bit for each capability. From 2.6.26 on in this form. */
struct capabilities {
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
};
int compat_capget(struct capabilities *ret);
int compat_capset(const struct capabilities *c);

#endif
