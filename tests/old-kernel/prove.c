/*
 * Tries calls that must be refused, and as many that must not: a filter that does nothing would let
 * every test pass. Each call is made with arguments that a kernel which knows it has another answer
 * to than the refusal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "old_kernel.h"

/* A libc would ask in another way where the kernel refuses. */
#define CALL(refusal, error, name, a, b, c, d)                                                     \
	{                                                                                          \
		refusal, error, #name, SYS_##name,                                                 \
		{                                                                                  \
			(long)(a), (long)(b), (long)(c), (long)(d)                                 \
		}                                                                                  \
	}

static const struct {
	unsigned refused_by;
	int error;
	const char *name;
	long number;
	long arguments[4];
} calls[] = {
	CALL(REFUSE_PIDFD | REFUSE_NEW, ENOSYS, pidfd_open, -1, 0, 0, 0),
	CALL(REFUSE_PIDFD | REFUSE_NEW, ENOSYS, pidfd_send_signal, -1, 0, 0, 0),
#ifdef SYS_inotify_init
	CALL(REFUSE_INOTIFY, EMFILE, inotify_init, 0, 0, 0, 0),
#endif
	CALL(REFUSE_INOTIFY, EMFILE, inotify_init1, -1, 0, 0, 0),
	CALL(REFUSE_INOTIFY, ENOSPC, inotify_add_watch, -1, 0, 0, 0),
#ifdef SYS_signalfd
	CALL(REFUSE_SIGNALFD, ENOSYS, signalfd, -1, 0, 0, 0),
#endif
	CALL(REFUSE_SIGNALFD, ENOSYS, signalfd4, -1, 0, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, recvmmsg, -1, 0, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, setns, -1, 0, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, sendmmsg, -1, 0, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, renameat2, -1, "", -1, ""),
	CALL(REFUSE_NEW, ENOSYS, getrandom, 0, 0, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, memfd_create, 0, 0, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, execveat, -1, "", 0, 0),
	CALL(REFUSE_NEW, ENOSYS, copy_file_range, -1, 0, -1, 0),
	CALL(REFUSE_NEW, ENOSYS, preadv2, -1, 0, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, statx, -1, "", 0, 0),
	CALL(REFUSE_NEW, ENOSYS, clone3, 0, 0, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, close_range, 2, 1, 0, 0),
	CALL(REFUSE_NEW, ENOSYS, openat2, -1, "", 0, 0),
	CALL(REFUSE_NEW, ENOSYS, faccessat2, -1, "", 0, 0),
	CALL(REFUSE_NEW, ENOSYS, prlimit64, 1, RLIMIT_NOFILE, 0, 0),
	/* What Linux 2.6.32 has, and prlimit64 of the caller itself. */
	CALL(0, ENOSYS, prlimit64, 0, RLIMIT_NOFILE, 0, 0),
	CALL(0, ENOSYS, ppoll, 0, -1, 0, 0),
	CALL(0, ENOSYS, pipe2, 0, 0, 0, 0),
	CALL(0, ENOSYS, epoll_create1, -1, 0, 0, 0),
	CALL(0, ENOSYS, eventfd2, 0, -1, 0, 0),
	CALL(0, ENOSYS, timerfd_create, -1, 0, 0, 0),
	CALL(0, ENOSYS, accept4, -1, 0, 0, 0),
};

static bool right(const char *what, bool refused, bool wanted)
{
	(void)printf("%s %s: %s\n", refused == wanted ? "right" : "WRONG", what,
		     refused ? "refused" : "answered");
	return refused == wanted;
}

/* In each of the ways that lead to a file. */
static bool path_is_refused(const char *path, bool *ret_agree)
{
	char target[16];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool opens = fd >= 0 || errno != ENOENT;
	bool stats = stat(path, &st) == 0 || errno != ENOENT;
	bool reads = readlink(path, target, sizeof(target)) >= 0 || errno != ENOENT;

	if (fd >= 0)
		(void)close(fd);
	*ret_agree = opens == stats && stats == reads && reads == (access(path, F_OK) == 0);
	return !opens;
}

static bool prove_path(unsigned refused, unsigned refused_by, const char *path)
{
	bool agree;
	bool is = path_is_refused(path, &agree);

	if (!agree)
		(void)printf("WRONG %s: not all calls agree\n", path);
	return right(path, is, (refused & refused_by) != 0) && agree;
}

int prove(unsigned refused)
{
	char children[64];
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const long *a = calls[i].arguments;
		bool is = syscall(calls[i].number, a[0], a[1], a[2], a[3]) < 0 &&
			  errno == calls[i].error;

		good &= right(calls[i].name, is, (refused & calls[i].refused_by) != 0);
	}
	(void)snprintf(children, sizeof(children), "/proc/self/task/%d/children", (int)getpid());
	good &= prove_path(refused, REFUSE_CHILDREN, children);
	good &= prove_path(refused, REFUSE_NEW, "/proc/self/ns/mnt");
	good &= prove_path(refused, REFUSE_NEW, "/proc/self/map_files");
	good &= prove_path(refused, REFUSE_NEW, "/proc/self/fdinfo/0");
	good &= prove_path(refused, 0, "/proc/self/exe");
	return good ? 0 : 1;
}
