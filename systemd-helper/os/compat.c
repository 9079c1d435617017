/*
 * System calls by number, for libcs that have no wrapper. That a header knew a number says nothing
 * about the running kernel, so the numbers stand here and the kernel answers for itself. From 424
 * on they are the same on every architecture but alpha.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/compat.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#if !defined(SYS_execveat) && defined(__x86_64__) && !defined(__ILP32__)
#define SYS_execveat 322
#elif !defined(SYS_execveat) && defined(__i386__)
#define SYS_execveat 358
#elif !defined(SYS_execveat) && defined(__aarch64__)
#define SYS_execveat 281
#elif !defined(SYS_execveat) && defined(__arm__)
#define SYS_execveat 387
#endif
#if !defined(SYS_prlimit64) && defined(__x86_64__) && !defined(__ILP32__)
#define SYS_prlimit64 302
#elif !defined(SYS_prlimit64) && defined(__i386__)
#define SYS_prlimit64 340
#elif !defined(SYS_prlimit64) && defined(__aarch64__)
#define SYS_prlimit64 261
#elif !defined(SYS_prlimit64) && defined(__arm__)
#define SYS_prlimit64 369
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

int compat_execveat(int fd, const char *path, char *const *argv, char *const *envp, int flags)
{
#ifdef SYS_execveat
	return result(syscall(SYS_execveat, fd, path, argv, envp, flags));
#else
	(void)fd;
	(void)path;
	(void)argv;
	(void)envp;
	(void)flags;
	return -ENOSYS;
#endif
}

int compat_close_range(unsigned first, unsigned last)
{
	return result(syscall(SYS_close_range, first, last, 0));
}

int compat_opens_path(long number)
{
#ifdef SYS_open
	if (number == SYS_open)
		return 0;
#endif
	return number == SYS_openat ? 1 : -1;
}

bool compat_writes(long number)
{
	return number == SYS_write || number == SYS_writev;
}

/* All zero is SIG_DFL, without flags and with an empty mask, however the kernel's struct is made.
 */
int compat_default_signal(int sig)
{
	enum { MASK_SIZE = 8 };
	static const uint64_t by_default[8] = {0};

	return result(syscall(SYS_rt_sigaction, sig, by_default, NULL, MASK_SIZE));
}

int compat_prlimit(pid_t pid, int resource, uint64_t *ret_soft, uint64_t *ret_hard)
{
#ifdef SYS_prlimit64
	uint64_t limit[2];
	int r = result(syscall(SYS_prlimit64, pid, resource, NULL, limit));

	if (r < 0)
		return r;
	*ret_soft = limit[0];
	*ret_hard = limit[1];
	return 0;
#else
	(void)pid;
	(void)resource;
	(void)ret_soft;
	(void)ret_hard;
	return -ENOSYS;
#endif
}

int compat_capget(struct capabilities *ret)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	int r = result(syscall(SYS_capget, &header, data));

	if (r < 0)
		return r;
	ret->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	ret->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	ret->inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
	return 0;
}

int compat_capset(const struct capabilities *c)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)c->effective, (uint32_t)c->permitted, (uint32_t)c->inheritable},
		{(uint32_t)(c->effective >> 32), (uint32_t)(c->permitted >> 32),
		 (uint32_t)(c->inheritable >> 32)}};

	return result(syscall(SYS_capset, &header, data));
}
