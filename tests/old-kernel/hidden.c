/*
 * Answers the calls that name a path: what an old kernel does not have below /proc is not there,
 * all else goes on as if nobody had asked. It reads the path, and the caller could change it after
 * that: this is for tests, and no guard.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "old_kernel.h"

/* Headers of Linux before 6.6 lack it: both processes on one processor, which is quicker. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS      SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

enum { AT_ONCE = 256 };

static void __attribute__((noreturn)) fail(const char *what)
{
	(void)fprintf(stderr, "old-kernel: %s: %s\n", what, strerror(errno));
	exit(125);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static bool is_hidden(const char *path, unsigned refused)
{
	const char *in_process;

	if (strncmp(path, "/proc/", 6) != 0)
		return false;
	in_process = strchr(path + 6, '/');
	if (!in_process)
		return false;
	if ((refused & REFUSE_CHILDREN) && ends_with(path, "/children"))
		return true;
	return (refused & REFUSE_NEW) &&
	       (strcmp(in_process, "/ns") == 0 || strncmp(in_process, "/ns/", 4) == 0 ||
		strncmp(in_process, "/map_files", 10) == 0 ||
		/* There it is, but what an epoll set holds does not stand in it. */
		strncmp(in_process, "/fdinfo/", 8) == 0);
}

/* In parts, none over the end of a page: what follows the text may not be there, and most are
 * short. */
static int read_text(pid_t pid, uint64_t address, char *buf, size_t size)
{
	size_t have = 0;

	while (have < size) {
		size_t part = AT_ONCE - (size_t)((address + have) % AT_ONCE);
		struct iovec to = {buf + have, part < size - have ? part : size - have};
		struct iovec from = {(void *)(uintptr_t)(address + have), to.iov_len};
		ssize_t n = process_vm_readv(pid, &to, 1, &from, 1, 0);

		if (n <= 0)
			return n < 0 ? -errno : -EFAULT;
		if (memchr(buf + have, '\0', (size_t)n))
			return 0;
		have += (size_t)n;
	}
	return -ENAMETOOLONG;
}

static bool path_comes_first(int call)
{
#ifdef SYS_open
	return call == SYS_open || call == SYS_stat || call == SYS_lstat || call == SYS_readlink ||
	       call == SYS_access;
#else
	(void)call;
	return false;
#endif
}

static void answer(int listener, unsigned refused)
{
	struct seccomp_notif asked;
	struct seccomp_notif_resp response;
	char path[PATH_MAX];
	int r;

	memset(&asked, 0, sizeof(asked));
	memset(&response, 0, sizeof(response));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return; /* it was killed, or interrupted, before it could be heard */
	r = read_text((pid_t)asked.pid, asked.data.args[path_comes_first(asked.data.nr) ? 0 : 1],
		      path, sizeof(path));
	response.id = asked.id;
	if (r == 0 && is_hidden(path, refused))
		response.error = -ENOENT;
	else if (r == -EPERM || r == -ESRCH)
		response.error =
			-EIO; /* to let it pass would be to do nothing, and not to say so */
	else
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Nothing of ours but the channel, so that nobody waits for an end of a pipe that we hold. */
static void let_go(int channel)
{
	long fd;
	int null = open("/dev/null", O_RDWR);

	for (fd = 0; fd < 3; fd++)
		(void)dup2(null, (int)fd);
	for (fd = sysconf(_SC_OPEN_MAX) < 4096 ? sysconf(_SC_OPEN_MAX) : 4096; fd >= 3; fd--) {
		if (fd != channel)
			(void)close((int)fd);
	}
	(void)!chdir("/");
}

static int receive(int channel)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	int fd = -1;

	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* The listener hangs up when the last process under the filter has ended. */
static void __attribute__((noreturn)) supervise(int channel, unsigned refused)
{
	struct pollfd asks = {.events = POLLIN};
	int listener;

	let_go(channel);
	listener = receive(channel);
	(void)close(channel);
	if (listener < 0)
		_exit(0); /* there is no filter */
	asks.fd = listener;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	while (poll(&asks, 1, -1) == 1 && !(asks.revents & POLLHUP))
		answer(listener, refused);
	_exit(0);
}

/* A tracer of the command must not come to trace, and to kill, who answers for it. */
static pid_t fork_untraced(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, NULL);
}

int hidden_start(unsigned refused)
{
	int ends[2];
	pid_t pid;
	int status;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		fail("socketpair");
	pid = fork_untraced();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		(void)setsid();
		pid = fork_untraced();
		if (pid == 0)
			supervise(ends[1], refused);
		_exit(pid < 0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		fail("nobody to ask");
	(void)close(ends[1]);
	return ends[0];
}

void hidden_send(int channel, int listener)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	memset(&control, 0, sizeof(control));
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &listener, sizeof(listener));
	if (sendmsg(channel, &message, MSG_NOSIGNAL) != 1)
		fail("sendmsg");
	(void)close(channel);
	(void)close(listener);
}
