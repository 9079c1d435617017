/*
 * sd_pid_notify(3) for where libsystemd cannot be opened: one datagram to the socket in
 * NOTIFY_SOCKET. Unlike that one it waits for a manager that does not read for a moment only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/libsystemd.h"

enum { WAIT_MS = 1000 };

/* A path, or a name in the abstract namespace, which is written with "@" in place of the NUL. */
static int address_of(const char *text, struct sockaddr_un *ret, socklen_t *ret_length)
{
	size_t length = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || length < 2)
		return -EAFNOSUPPORT;
	if (length >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, text, length);
	*ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	if (text[0] == '@')
		ret->sun_path[0] = '\0';
	else
		++*ret_length; /* with its NUL */
	return 0;
}

static int send_message(int fd, const struct msghdr *message)
{
	struct pollfd room = {fd, POLLOUT, 0};
	ssize_t n = sendmsg(fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN && poll(&room, 1, WAIT_MS) > 0)
		n = sendmsg(fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 ? -errno : 1;
}

/* In another's name: CAP_SYS_ADMIN, or it is refused, and said in our own, as the library does. */
static int send_as(int fd, pid_t pid, const char *state)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec text = {(char *)(uintptr_t)state, strlen(state)};
	struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
	struct ucred name = {pid, getuid(), getgid()};
	struct cmsghdr *header;
	int r;

	if (pid == 0 || pid == getpid())
		return send_message(fd, &message);
	memset(&control, 0, sizeof(control));
	message.msg_control = &control;
	message.msg_controllen = sizeof(control.room);
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_CREDENTIALS;
	header->cmsg_len = CMSG_LEN(sizeof(name));
	memcpy(CMSG_DATA(header), &name, sizeof(name));
	r = send_message(fd, &message);
	if (r != -EPERM)
		return r;
	message.msg_control = NULL;
	message.msg_controllen = 0;
	return send_message(fd, &message);
}

static int notify(pid_t pid, int unset_environment, const char *state)
{
	const char *text = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t length = 0;
	int fd;
	int r;

	(void)unset_environment; /* nobody asks for that */
	if (!text)
		return 0;
	r = address_of(text, &address, &length);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)&address, length) < 0 ? -errno : 0;
	if (!r)
		r = send_as(fd, pid, state);
	(void)close(fd);
	return r;
}

const struct libsystemd *libsystemd_missing(void)
{
	static const struct libsystemd own = {.pid_notify = notify};

	return &own;
}
