/*
 * Where requests go: a loopback address or a unix socket, and how a socket to it is opened.
 */
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include <sys/socket.h>

struct target {
	struct sockaddr_storage addr;
	socklen_t addr_len;
	int type;       /* SOCK_STREAM or SOCK_DGRAM */
	char name[128]; /* for messages */
};

/* "127.0.0.1:8080" or "[::1]:8080". -EPERM for any address that is not loopback, -EINVAL. */
int target_tcp(const char *text, struct target *ret_target);
/* The same, for datagrams. */
int target_udp(const char *text, struct target *ret_target);
int target_unix(const char *path, struct target *ret_target);

/*
 * A non-blocking socket on its way to the target. 0 and the socket when connected or connecting;
 * -EAGAIN when the backlog of a unix socket is full; else -errno. rcvbuf 0 leaves the default.
 */
int target_connect(const struct target *target, int rcvbuf, int *ret_fd);

/* Closes with a RST, so that no port stays in TIME_WAIT on our side. */
void target_abort(int fd);

#endif
