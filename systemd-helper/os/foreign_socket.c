/*
 * Sockets of other processes. To take a UDP socket out of the kernel's choice, connecting it is the
 * only way: shutdown() needs a peer, bind() cannot be undone, and clearing SO_REUSEPORT does not
 * remove it from its group.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "os/compat.h"
#include "os/foreign_socket.h"
#include "os/identity.h"
#include "os/process.h"

/* For older headers; the numbers of most architectures. */
#ifndef SO_REUSEPORT
#define SO_REUSEPORT 15
#endif
#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

enum { PORT_DISCARD = 9 };

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static int duplicate(const struct process *p, int fd)
{
	int r = compat_pidfd_getfd(p->pidfd, fd);

	/* Yama lets a user trace only his own descendants. */
	if (r == -EPERM && identity_became()) {
		identity_lift();
		r = compat_pidfd_getfd(p->pidfd, fd);
		identity_lower();
	}
	return r;
}

int foreign_socket_open(const struct process *p, int fd)
{
	return p->pidfd < 0 ? -ENOSYS : duplicate(p, fd);
}

/* The kernel checks the permission before the descriptor, so an impossible one is enough. */
int foreign_socket_permitted(const struct process *p)
{
	int r = foreign_socket_open(p, INT_MAX);

	return r == -EBADF ? 0 : r < 0 ? r : -EPROTO;
}

int socket_cookie(int fd, uint64_t *ret)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) < 0)
		return -errno;
	*ret = cookie;
	return 0;
}

static int socket_option(int fd, int name, int *ret)
{
	socklen_t size = sizeof(*ret);

	return getsockopt(fd, SOL_SOCKET, name, ret, &size) < 0 ? -errno : 0;
}

static int address_of(int fd, union address *ret, socklen_t *ret_size)
{
	memset(ret, 0, sizeof(*ret));
	*ret_size = sizeof(*ret);
	return getsockname(fd, &ret->any, ret_size) < 0 ? -errno : 0;
}

int socket_shares_address(int fd)
{
	union address a;
	socklen_t size;
	int type = 0, protocol = 0, shares = 0;
	int r = socket_option(fd, SO_TYPE, &type);

	if (!r)
		r = socket_option(fd, SO_PROTOCOL, &protocol);
	if (!r)
		r = socket_option(fd, SO_REUSEPORT, &shares);
	if (!r)
		r = address_of(fd, &a, &size);
	if (r < 0)
		return r == -ENOTSOCK ? 0 : r;
	if (type != SOCK_DGRAM || protocol != IPPROTO_UDP || !shares || !a.four.sin_port ||
	    (a.any.sa_family != AF_INET && a.any.sa_family != AF_INET6))
		return 0;
	size = sizeof(a);
	if (getpeername(fd, &a.any, &size) == 0)
		return 0;
	return errno == ENOTCONN ? 1 : -errno;
}

static void to_loopback(union address *a)
{
	if (a->any.sa_family == AF_INET)
		a->four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		a->six.sin6_addr = in6addr_loopback;
}

static int connect_to(int fd, const union address *a, socklen_t size)
{
	return connect(fd, &a->any, size) < 0 ? -errno : 0;
}

/* sin_port and sin6_port are at the same offset. */
int socket_leave_lookup(int fd)
{
	union address a;
	socklen_t size;
	bool everywhere;
	int r = address_of(fd, &a, &size);

	if (r < 0)
		return r;
	a.four.sin_port = htons(PORT_DISCARD);
	everywhere = a.any.sa_family == AF_INET ? a.four.sin_addr.s_addr == htonl(INADDR_ANY)
						: IN6_IS_ADDR_UNSPECIFIED(&a.six.sin6_addr);
	if (everywhere)
		to_loopback(&a);
	r = connect_to(fd, &a, size);
	/* The address may have been removed from this machine. */
	if (r < 0 && !everywhere) {
		to_loopback(&a);
		r = connect_to(fd, &a, size);
	}
	return r;
}
