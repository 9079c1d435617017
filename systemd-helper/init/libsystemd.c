/*
 * The protocol of sd_notify(3), which is as stable as the library: lines in a datagram, with the
 * sender's pid in the credentials (systemd: src/libsystemd/sd-daemon). The library itself would
 * wait for room in the manager's queue, and so without end for a manager that hangs.
 */
#define _GNU_SOURCE /* struct ucred */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "init/dlopen_note.h"
#include "init/libsystemd.h"
#include "os/clock.h"

DLOPEN_NOTE(
	libsystemd_note,
	"[{\"soname\":[\"libsystemd.so.0\"],\"feature\":\"systemd\",\"description\":\"Tells whether systemd can say that it has read a report\",\"priority\":\"recommended\"}]");

/* How soon to try again when the queue is full: poll(2) does not tell before Linux 4.4. */
#define AGAIN_US 5000u

/* Ancillary data of a message: one of the two. */
union control {
	struct cmsghdr header;
	char credentials[CMSG_SPACE(sizeof(struct ucred))];
	char descriptor[CMSG_SPACE(sizeof(int))];
};

static void add_control(struct msghdr *m, union control *c, int type, const void *data, size_t size)
{
	memset(c, 0, sizeof(*c));
	m->msg_control = c;
	m->msg_controllen = CMSG_SPACE(size);
	c->header.cmsg_level = SOL_SOCKET;
	c->header.cmsg_type = type;
	c->header.cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(&c->header), data, size);
}

/* A path, or "@" and the name of an abstract socket. The length, or -errno. */
static int parse_address(const char *text, struct sockaddr_un *ret)
{
	size_t length = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || !text[1])
		return -EAFNOSUPPORT;
	if (length >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, text, length);
	if (text[0] == '@')
		ret->sun_path[0] = '\0';
	return (int)(offsetof(struct sockaddr_un, sun_path) + length + (text[0] == '/'));
}

static int send_now(int fd, const struct msghdr *m)
{
	return sendmsg(fd, m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 1;
}

/* Sends in the name of pid; where that is not permitted, in our own name. */
static int send_as(int fd, struct msghdr *m, pid_t pid)
{
	struct ucred as = {pid, getuid(), getgid()};
	union control control;
	int r;

	if (pid == 0 || pid == getpid())
		return send_now(fd, m);
	add_control(m, &control, SCM_CREDENTIALS, &as, sizeof(as));
	r = send_now(fd, m);
	m->msg_control = NULL;
	m->msg_controllen = 0;
	return r == 1 || r == -EAGAIN ? r : send_now(fd, m);
}

/* Opens a socket, and sets the address of m. 1; 0: there is no address; or -errno. */
static int open_socket(struct msghdr *m, struct sockaddr_un *sa, int *ret)
{
	const char *address = getenv("NOTIFY_SOCKET");
	int length;

	if (!address || !*address)
		return 0;
	length = parse_address(address, sa);
	if (length < 0)
		return length;
	*ret = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*ret < 0)
		return -errno;
	m->msg_name = sa;
	m->msg_namelen = (socklen_t)length;
	return 1;
}

static int pid_notify(pid_t pid, const char *state)
{
	struct iovec text = {(char *)state, strlen(state)};
	struct msghdr m = {.msg_iov = &text, .msg_iovlen = 1};
	struct sockaddr_un sa;
	int fd;
	int r = open_socket(&m, &sa, &fd);

	if (r <= 0)
		return r;
	r = send_as(fd, &m, pid);
	(void)close(fd);
	return r;
}

/* Sends the descriptor `end`: the manager closes it when it has read up to that message. */
static int send_barrier(int end, uint64_t until_us)
{
	static char state[] = "BARRIER=1";
	struct iovec text = {state, sizeof(state) - 1};
	struct msghdr m = {.msg_iov = &text, .msg_iovlen = 1};
	union control control;
	struct sockaddr_un sa;
	int fd;
	int r = open_socket(&m, &sa, &fd);

	if (r <= 0)
		return r;
	add_control(&m, &control, SCM_RIGHTS, &end, sizeof(end));
	for (r = send_now(fd, &m); r == -EAGAIN && clock_us() < until_us; r = send_now(fd, &m)) {
		struct timespec again = clock_timespec(AGAIN_US);

		(void)ppoll(NULL, 0, &again, NULL);
	}
	(void)close(fd);
	return r;
}

static int notify_barrier(uint64_t timeout_us)
{
	uint64_t until_us = clock_us() + timeout_us;
	struct pollfd closed = {-1, 0, 0};
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = send_barrier(ends[1], until_us);
	(void)close(ends[1]);
	closed.fd = ends[0];
	while (r == 1) {
		uint64_t now_us = clock_us();
		struct timespec left = clock_timespec(now_us < until_us ? until_us - now_us : 0);
		int n = ppoll(&closed, 1, &left, NULL);

		if (n == 0)
			r = -ETIMEDOUT;
		else if (n > 0)
			r = 0;
		else if (errno != EINTR)
			r = -errno;
	}
	(void)close(ends[0]);
	return r;
}

const struct libsystemd *libsystemd_open(void)
{
	static struct libsystemd lib; /* loaded once in a process, and never unloaded */
	void *library;

	if (lib.pid_notify)
		return &lib;
	lib.pid_notify = pid_notify;
	library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (library && dlsym(library, "sd_notify_barrier"))
		lib.notify_barrier = notify_barrier;
	return &lib;
}
