/*
 * System calls by number, for libcs that have no wrapper. The running kernel may be newer or older
 * than the headers at build time, so the numbers are defined here, and the kernel itself says what
 * it has. From 424 on the numbers are the same on all architectures but alpha.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/compat.h"
#include "os/permitted.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
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
#if !defined(SYS_bpf) && defined(__x86_64__) && !defined(__ILP32__)
#define SYS_bpf 321
#elif !defined(SYS_bpf) && defined(__i386__)
#define SYS_bpf 357
#elif !defined(SYS_bpf) && defined(__aarch64__)
#define SYS_bpf 280
#elif !defined(SYS_bpf) && defined(__arm__)
#define SYS_bpf 386
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

int compat_pidfd_getfd(int pidfd, int fd)
{
	if (!call_permitted(SYS_pidfd_getfd))
		return -EPERM;
	return result(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
}

int compat_bpf(int command, void *attr, unsigned size)
{
#ifdef SYS_bpf
	if (!call_permitted(SYS_bpf))
		return -EPERM;
	return result(syscall(SYS_bpf, command, attr, size));
#else
	(void)command;
	(void)attr;
	(void)size;
	return -ENOSYS;
#endif
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

void compat_try(long number)
{
	(void)syscall(number, -1L, 0L, 0L, 0L, 0L, 0L);
}

int compat_ptrace(int request, pid_t pid, void *address, void *data)
{
	if (!call_permitted(SYS_ptrace))
		return -EPERM;
	return result(syscall(SYS_ptrace, (long)request, (long)pid, address, data));
}

/* On every architecture, a struct of zeros means SIG_DFL, no flags and an empty mask. */
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

int compat_prlimit_set(pid_t pid, int resource, uint64_t soft, uint64_t hard)
{
#ifdef SYS_prlimit64
	const uint64_t limit[2] = {soft, hard};

	return result(syscall(SYS_prlimit64, pid, resource, limit, NULL));
#else
	(void)pid;
	(void)resource;
	(void)soft;
	(void)hard;
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
