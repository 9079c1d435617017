/*
 * System calls by number, for libcs that have no wrapper. That a header knew a number says nothing
 * about the running kernel, so the numbers stand here and the kernel answers for itself. From 424
 * on they are the same on every architecture but alpha.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/compat.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int compat_pidfd_open(pid_t pid)
{
	return result(syscall(SYS_pidfd_open, pid, 0));
}

int compat_pidfd_send_signal(int pidfd, int sig)
{
	return result(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

int compat_setns(int fd, int type)
{
#ifdef SYS_setns
	return result(syscall(SYS_setns, fd, type));
#else
	(void)fd;
	(void)type;
	return -ENOSYS;
#endif
}
