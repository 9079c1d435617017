/*
 * System calls that are newer than the oldest kernel and libc we run on (Linux 2.6.32, glibc 2.12),
 * or that libc does not offer in the form needed. Each returns -ENOSYS where the kernel does not
 * have the call, else its result or -errno, so that no caller needs an #ifdef.
 */
#ifndef OS_COMPAT_H
#define OS_COMPAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* pidfd_open(2), Linux 5.3. The descriptor is close-on-exec. */
int compat_pidfd_open(pid_t pid);

/* pidfd_send_signal(2), Linux 5.1. */
int compat_pidfd_send_signal(int pidfd, int sig);

/* pidfd_getfd(2), Linux 5.6: duplicates another process's descriptor, close-on-exec. */
int compat_pidfd_getfd(int pidfd, int fd);

/* bpf(2), Linux 3.18; see os/bpf.h. */
int compat_bpf(int command, void *attr, unsigned size);

/* setns(2), Linux 3.0; glibc has it from 2.14. */
int compat_setns(int fd, int type);

/*
 * execveat(2), Linux 3.19. Returns only on failure: -errno. flags: COMPAT_EMPTY_PATH: executes fd
 * itself; COMPAT_NO_FOLLOW: fails where the last part of the path is a symbolic link.
 */
#define COMPAT_EMPTY_PATH 0x1000
#define COMPAT_NO_FOLLOW  0x100
int compat_execveat(int fd, const char *path, char *const *argv, char *const *envp, int flags);

/* close_range(2), Linux 5.9: closes the descriptors from first to last, including both. */
int compat_close_range(unsigned first, unsigned last);

/* Makes the system call of that number with invalid arguments (-1, 0, ...); see os/permitted.h. */
void compat_try(long number);

/* ptrace(2). Not for requests that return a word, such as PTRACE_PEEKDATA. */
int compat_ptrace(int request, pid_t pid, void *address, void *data);

/* rt_sigaction(2): sets SIG_DFL, also for the two signals that glibc reserves for itself. */
int compat_default_signal(int sig);

/* prlimit(2), Linux 2.6.36: the limits of another process. ~0 means unlimited. */
int compat_prlimit(pid_t pid, int resource, uint64_t *ret_soft, uint64_t *ret_hard);
int compat_prlimit_set(pid_t pid, int resource, uint64_t soft, uint64_t hard);

/*
 * Which argument (from 0 on) of the system call of that number is the path that it opens. -1: it is
 * neither open(2) nor openat(2).
 */
int compat_opens_path(long number);

/* Whether the system call of that number is write(2) or writev(2). */
bool compat_writes(long number);

/* capget(2) and capset(2) for this process. Bit N is capability N. */
struct capabilities {
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
};
int compat_capget(struct capabilities *ret);
int compat_capset(const struct capabilities *c);

#endif
