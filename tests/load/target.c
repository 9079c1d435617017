/*
 * Addresses and sockets. Anything but loopback is refused here, before any socket exists: this
 * tool must not be able to put a load on somebody else's machine.
 */
#define _GNU_SOURCE
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static int parse_port(const char *text, in_port_t *ret_port)
{
	char *end;
	unsigned long port;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	port = strtoul(text, &end, 10);
	if (*end || port < 1 || port > 65535)
		return -EINVAL;
	*ret_port = htons((in_port_t)port);
	return 0;
}

static int set_ipv4(const char *host, in_port_t port, struct target *target)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&target->addr;

	if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return -EINVAL;
	if (ntohl(in->sin_addr.s_addr) >> 24 != 127)
		return -EPERM;
	in->sin_family = AF_INET;
	in->sin_port = port;
	target->addr_len = sizeof(*in);
	return 0;
}

static int set_ipv6(const char *host, in_port_t port, struct target *target)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&target->addr;

	if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		return -EINVAL;
	if (!IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
		return -EPERM;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = port;
	target->addr_len = sizeof(*in6);
	return 0;
}

int target_tcp(const char *text, struct target *ret_target)
{
	struct target target;
	char host[64];
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	in_port_t port;
	int r;

	memset(&target, 0, sizeof(target));
	if (len < 3 || len >= sizeof(host))
		return -EINVAL;
	r = parse_port(colon + 1, &port);
	if (r)
		return r;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		r = set_ipv6(host + 1, port, &target);
	} else {
		r = set_ipv4(host, port, &target);
	}
	if (r)
		return r;
	target.type = SOCK_STREAM;
	snprintf(target.name, sizeof(target.name), "%s", text);
	*ret_target = target;
	return 0;
}

int target_udp(const char *text, struct target *ret_target)
{
	struct target target;
	int r = target_tcp(text, &target);

	if (r)
		return r;
	target.type = SOCK_DGRAM;
	*ret_target = target;
	return 0;
}

int target_unix(const char *path, struct target *ret_target)
{
	struct target target;
	struct sockaddr_un *un = (struct sockaddr_un *)&target.addr;

	memset(&target, 0, sizeof(target));
	if (!*path || strlen(path) >= sizeof(un->sun_path))
		return -EINVAL;
	target.type = SOCK_STREAM;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, strlen(path) + 1);
	target.addr_len = sizeof(*un);
	snprintf(target.name, sizeof(target.name), "unix:%s", path);
	*ret_target = target;
	return 0;
}

int target_connect(const struct target *target, int rcvbuf, int *ret_fd)
{
	int fd, r;

	fd = socket(target->addr.ss_family, target->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Before connect: the window that is offered at the handshake follows from it. */
	if (rcvbuf)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	r = connect(fd, (const struct sockaddr *)&target->addr, target->addr_len);
	if (r < 0 && errno != EINPROGRESS) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

void target_abort(int fd)
{
	struct linger linger = {1, 0};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}
