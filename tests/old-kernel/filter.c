/* The filter: a program for the kernel's classic BPF machine, see seccomp(2). */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "old_kernel.h"

/* Headers of Linux before 5.19 lack it. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Numbers are given in the order of time, so that all from one on are newer than Linux 2.6.32. */
#if defined(__x86_64__)
#define FIRST_NEW    SYS_recvmmsg
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FIRST_NEW    SYS_prlimit64
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the first system call after Linux 2.6.32 is not known for this architecture"
#endif

struct program {
	struct sock_filter code[96];
	unsigned short length;
};

static void add(struct program *p, unsigned code, unsigned k, unsigned if_so, unsigned if_not)
{
	struct sock_filter *f = &p->code[p->length++];

	if (p->length >= sizeof(p->code) / sizeof(p->code[0]))
		abort();
	f->code = (unsigned short)code;
	f->k = k;
	f->jt = (unsigned char)if_so;
	f->jf = (unsigned char)if_not;
}

static void end_with(struct program *p, unsigned what)
{
	add(p, BPF_RET | BPF_K, what, 0, 0);
}

static void refuse(struct program *p, long call, int error)
{
	add(p, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1);
	end_with(p, SECCOMP_RET_ERRNO | (unsigned)error);
}

static void ask(struct program *p, long call)
{
	add(p, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1);
	end_with(p, SECCOMP_RET_USER_NOTIF);
}

/* Where a path is given that may lead below /proc. */
static void ask_for_paths(struct program *p)
{
#ifdef SYS_open
	ask(p, SYS_open);
	ask(p, SYS_stat);
	ask(p, SYS_lstat);
	ask(p, SYS_readlink);
	ask(p, SYS_access);
#endif
	ask(p, SYS_openat);
	ask(p, SYS_newfstatat);
	ask(p, SYS_readlinkat);
	ask(p, SYS_faccessat);
}

static void refuse_new(struct program *p)
{
	refuse(p, SYS_recvmmsg, ENOSYS); /* on arm64 it has a number from before */
	add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 2);
	add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args), 0, 0);
	add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 1);
	add(p, BPF_JMP | BPF_JGE | BPF_K, FIRST_NEW, 0, 1);
	end_with(p, SECCOMP_RET_ERRNO | ENOSYS);
}

static void write_program(struct program *p, unsigned refused)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	add(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	end_with(p, SECCOMP_RET_ERRNO | ENOSYS);
	add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	if (refused & REFUSE_PIDFD) {
		refuse(p, SYS_pidfd_open, ENOSYS);
		refuse(p, SYS_pidfd_send_signal, ENOSYS);
	}
	if (refused & REFUSE_INOTIFY) {
#ifdef SYS_inotify_init
		refuse(p, SYS_inotify_init, EMFILE);
#endif
		refuse(p, SYS_inotify_init1, EMFILE);
		refuse(p, SYS_inotify_add_watch, ENOSPC);
	}
	if (refused & REFUSE_SIGNALFD) {
#ifdef SYS_signalfd
		refuse(p, SYS_signalfd, ENOSYS);
#endif
		refuse(p, SYS_signalfd4, ENOSYS);
	}
	if (refused & (REFUSE_CHILDREN | REFUSE_NEW))
		ask_for_paths(p);
	if (refused & REFUSE_NEW)
		refuse_new(p);
	end_with(p, SECCOMP_RET_ALLOW);
}

static int install(struct program *p, unsigned long flags)
{
	struct sock_fprog prog = {p->length, p->code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

void filter_install(unsigned refused, int *ret_listener)
{
	bool asks = (refused & (REFUSE_CHILDREN | REFUSE_NEW)) != 0;
	unsigned long flags = asks ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	/* A call that waits for its answer is not to be ended by a signal that it would not see. */
	unsigned long more = asks ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;
	struct program program = {.length = 0};
	int r;

	write_program(&program, refused);
	r = install(&program, flags | more);
	if (r < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		r = install(&program, flags | more);
	if (r < 0 && errno == EINVAL) /* before Linux 5.19 */
		r = install(&program, flags);
	if (r < 0) {
		(void)fprintf(stderr, "old-kernel: no filter: %s\n", strerror(errno));
		exit(125);
	}
	*ret_listener = asks ? r : -1;
}
