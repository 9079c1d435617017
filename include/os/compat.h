/*
 * Calls that are newer than the oldest kernel and libc we run on (2.6.32, glibc 2.12). Each answers
 * -ENOSYS where the kernel does not know it; no caller has an #ifdef.
 */
#ifndef OS_COMPAT_H
#define OS_COMPAT_H

#include <sys/types.h>

/* pidfd_open(2), Linux 5.3; the descriptor is close-on-exec. */
int compat_pidfd_open(pid_t pid);

/* pidfd_send_signal(2), Linux 5.1. */
int compat_pidfd_send_signal(int pidfd, int sig);

/* setns(2), Linux 3.0; glibc has it from 2.14. */
int compat_setns(int fd, int type);

#endif
