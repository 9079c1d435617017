/*
 * Connects to the addresses of an nginx, as its configuration writes them. "*" is reached by the
 * loopback. An address that this machine does not have (nginx may listen on it with
 * ip_nonlocal_bind) is not connected to: another machine would answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "nginx/http_place.h"
#include "os/network.h"
#include "os/rooted.h"
#include "os/socket_address.h"
#include "trust/path.h"
#include "trust/subject.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un path;
};

int http_place_open(const struct subject *s, const struct believed *b, struct http_place *ret)
{
	ret->believed = b;
	ret->root = s->root;
	ret->network = -1;
	return network_of(s->process.pid, &ret->network);
}

void http_place_close(struct http_place *p)
{
	if (p->network >= 0)
		(void)close(p->network);
	p->network = -1;
}

/* Parses "*:80", "127.0.0.1:80", "[::1]:80". Returns the length of *ret; 0: it is none of these. */
static socklen_t parse_inet(const char *text, union address *ret)
{
	char host[INET6_ADDRSTRLEN + 1];
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;

	memset(ret, 0, sizeof(*ret));
	if (!port || port > 65535)
		return 0;
	if (*text == '[' && length > 2 && length - 2 < sizeof(host)) {
		memcpy(host, text + 1, length - 2);
		host[length - 2] = '\0';
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons((uint16_t)port);
		if (inet_pton(AF_INET6, host, &ret->v6.sin6_addr) != 1)
			return 0;
		if (IN6_IS_ADDR_UNSPECIFIED(&ret->v6.sin6_addr))
			ret->v6.sin6_addr = in6addr_loopback;
		return sizeof(ret->v6);
	}
	if (length >= sizeof(host))
		return 0;
	memcpy(host, text, length);
	host[length] = '\0';
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = htons((uint16_t)port);
	if (strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0)
		ret->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (inet_pton(AF_INET, host, &ret->v4.sin_addr) != 1)
		return 0;
	return sizeof(ret->v4);
}

static bool same_host(const union address *a, const union address *b)
{
	if (a->any.sa_family == AF_INET)
		return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->v6.sin6_addr, &b->v6.sin6_addr);
}

/*
 * Whether the address is one of this machine. The kernel sends to such an address from that same
 * address. It says so of a connected datagram socket, and nothing is sent.
 */
static bool is_local(const struct http_place *place, const union address *a, socklen_t length)
{
	union address own;
	socklen_t own_length = sizeof(own);
	int fd = network_socket(place->network, a->any.sa_family, SOCK_DGRAM, 0);
	bool is;

	if (fd < 0)
		return false;
	memset(&own, 0, sizeof(own));
	is = connect(fd, &a->any, length) == 0 && getsockname(fd, &own.any, &own_length) == 0 &&
	     same_host(a, &own);
	(void)close(fd);
	return is;
}

/* Takes over fd, which may be -errno. Returns fd, or -errno when it is closed. */
static int begin_connect(int fd, const union address *a, socklen_t length)
{
	int r;

	if (fd < 0 || connect(fd, &a->any, length) == 0 || errno == EINPROGRESS)
		return fd;
	r = -errno;
	(void)close(fd);
	return r;
}

static int connect_inet(const struct http_place *place, const char *text, union address *ret)
{
	socklen_t length = parse_inet(text, ret);

	if (!length || !is_local(place, ret, length))
		return -EADDRNOTAVAIL;
	return begin_connect(network_socket(place->network, ret->any.sa_family, SOCK_STREAM, 0),
			     ret, length);
}

/* Connects through its folder, which is checked and open, so nobody can put another socket
 * there. */
static int connect_unix(const struct http_place *place, const char *path, union address *ret)
{
	char folder[PATH_MAX];
	const char *name = strrchr(path, '/');
	struct distrust why;
	struct trusted t;
	struct stat st;
	int n, r;

	if (!name || path_folder(path, folder) < 0 ||
	    trusted_open(place->believed, place->root, folder, TRUSTED_FOLDER, &t, &why) < 0)
		return -EADDRNOTAVAIL;
	memset(ret, 0, sizeof(*ret));
	ret->path.sun_family = AF_UNIX;
	n = snprintf(ret->path.sun_path, sizeof(ret->path.sun_path), "/proc/self/fd/%d%s", t.fd,
		     name);
	r = fstatat(t.fd, name + 1, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -ECONNREFUSED : 0;
	if (!r && (n < 0 || (size_t)n >= sizeof(ret->path.sun_path) || !S_ISSOCK(st.st_mode)))
		r = -EADDRNOTAVAIL;
	if (!r)
		r = begin_connect(network_socket(place->network, AF_UNIX, SOCK_STREAM, 0), ret,
				  sizeof(ret->path));
	trusted_close(&t);
	return r;
}

int http_place_connect(const struct http_place *place, const char *address,
		       struct sockaddr_storage *ret_to)
{
	const char *path = socket_address_path(address);
	union address a;
	int fd = path ? connect_unix(place, path, &a) : connect_inet(place, address, &a);

	if (fd >= 0 && ret_to) {
		memset(ret_to, 0, sizeof(*ret_to));
		memcpy(ret_to, &a, sizeof(a));
	}
	return fd;
}
