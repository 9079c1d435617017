/*
 * Notifies systemd in the name of a process, and returns when it has been read: as sd_pid_notify(3)
 * and sd_notify_barrier(3) do. systemd-notify(1) of 257 and newer cannot name one process and
 * report another.
 *
 *	speak PID STATE...      PID 0: in its own name
 */
#define _GNU_SOURCE /* struct ucred */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int attach(int fd, const char *text, int type, const void *data, size_t size)
{
	static struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/notify"};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {(void *)text, strlen(text)};
	struct msghdr message = {.msg_name = &sa, .msg_namelen = sizeof(sa), .msg_iov = &iov};
	struct cmsghdr *c = &control.header;

	memset(&control, 0, sizeof(control));
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = CMSG_SPACE(size);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), data, size);
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct ucred who = {.uid = getuid(), .gid = getgid()};
	struct pollfd closed = {.events = 0};
	char text[4096] = "";
	size_t n = 0;
	int ends[2];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int i;

	if (argc < 3)
		return 2;
	for (i = 2; i < argc && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n", argv[i]);
	who.pid = atoi(argv[1]) ? atoi(argv[1]) : getpid();
	if (fd < 0 || pipe(ends) < 0 || attach(fd, text, SCM_CREDENTIALS, &who, sizeof(who)) < 0 ||
	    attach(fd, "BARRIER=1", SCM_RIGHTS, &ends[1], sizeof(ends[1])) < 0) {
		perror("speak");
		return 1;
	}
	(void)close(ends[1]);
	closed.fd = ends[0];
	return poll(&closed, 1, 5000) == 1 ? 0 : 3;
}
