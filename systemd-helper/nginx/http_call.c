/*
 * A connection, a request, an answer. An address with "*" is asked through the loopback. One that
 * is not this machine's (ip_nonlocal_bind) is not asked: somebody else would answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "nginx/http_call.h"
#include "os/clock.h"
#include "os/network.h"
#include "os/rooted.h"

#define UNIX "unix:"

/* How long the rest may take once the headers are there; what goes on longer is no failure. */
#define BODY_US 1000000u

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

/* "*:80", "127.0.0.1:80", "[::1]:80". The length of *ret, or 0. */
static socklen_t inet_address(const char *text, union address *ret)
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
 * What goes to an address of this machine comes from that address. A datagram socket is told where
 * it would send to, and nothing is sent.
 */
static bool is_local(const struct http_place *place, const union address *a, socklen_t length)
{
	union address own;
	socklen_t own_length = sizeof(own);
	int fd = network_socket(place->network, a->any.sa_family, SOCK_DGRAM);
	bool is;

	if (fd < 0)
		return false;
	memset(&own, 0, sizeof(own));
	is = connect(fd, &a->any, length) == 0 && getsockname(fd, &own.any, &own_length) == 0 &&
	     same_host(a, &own);
	(void)close(fd);
	return is;
}

static int connect_inet(struct http_call *c, const struct http_place *place, const char *text)
{
	union address a;
	socklen_t length = inet_address(text, &a);

	if (!length || !is_local(place, &a, length))
		return -EADDRNOTAVAIL;
	c->fd = network_socket(place->network, a.any.sa_family, SOCK_STREAM);
	if (c->fd < 0)
		return c->fd;
	if (connect(c->fd, &a.any, length) < 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

/* By way of its vetted folder, so that nobody can have it lead to another socket. */
static int connect_unix(struct http_call *c, const struct http_place *place, const char *path)
{
	char folder[PATH_MAX];
	const char *name = strrchr(path, '/');
	struct distrust why;
	struct trusted t;
	struct stat st;
	union address a;
	int n, r;

	if (!name || path_folder(path, folder) < 0 ||
	    trusted_open(place->believed, place->root, folder, TRUSTED_FOLDER, &t, &why) < 0)
		return -EADDRNOTAVAIL;
	memset(&a, 0, sizeof(a));
	a.path.sun_family = AF_UNIX;
	n = snprintf(a.path.sun_path, sizeof(a.path.sun_path), "/proc/self/fd/%d%s", t.fd, name);
	r = fstatat(t.fd, name + 1, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -ECONNREFUSED : 0;
	if (!r && (n < 0 || (size_t)n >= sizeof(a.path.sun_path) || !S_ISSOCK(st.st_mode)))
		r = -EADDRNOTAVAIL;
	if (!r)
		c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!r && (c->fd < 0 || connect(c->fd, &a.any, sizeof(a.path)) < 0))
		r = -errno;
	trusted_close(&t);
	return r;
}

/* As clients write it: without the port that goes without saying. */
static size_t write_request(const struct http_request *r, int fd, char *ret, size_t size)
{
	const char *port = strncmp(r->address, UNIX, strlen(UNIX)) == 0
				   ? ""
				   : strrchr(r->address, ':');
	union address own;
	socklen_t length = sizeof(own);
	int n = 0;

	memset(&own, 0, sizeof(own));
	(void)getsockname(fd, &own.any, &length);
	if (r->proxy_protocol && own.any.sa_family == AF_INET)
		n = snprintf(ret, size, "PROXY TCP4 127.0.0.1 127.0.0.1 %u %s\r\n",
			     (unsigned)ntohs(own.v4.sin_port), port + 1);
	else if (r->proxy_protocol && own.any.sa_family == AF_INET6)
		n = snprintf(ret, size, "PROXY TCP6 ::1 ::1 %u %s\r\n",
			     (unsigned)ntohs(own.v6.sin6_port), port + 1);
	else if (r->proxy_protocol)
		n = snprintf(ret, size, "PROXY UNKNOWN\r\n");
	n += snprintf(
		ret + n, size - (size_t)n,
		"GET / HTTP/1.1\r\nHost: %s%s\r\nUser-Agent: nginx-handover\r\nAccept: */*\r\nConnection: close\r\n\r\n",
		r->host, strcmp(port, ":80") == 0 ? "" : port);
	return (size_t)n;
}

int http_call_begin(struct http_call *c, const struct http_place *place,
		    const struct http_request *r, uint64_t limit_us, struct http_answer *ret)
{
	bool is_unix = strncmp(r->address, UNIX, strlen(UNIX)) == 0;
	int error;

	memset(c, 0, sizeof(*c));
	memset(ret, 0, sizeof(*ret));
	c->fd = -1;
	c->began_us = clock_us();
	c->limit_us = limit_us;
	http_reader_init(&c->reader);
	error = is_unix ? connect_unix(c, place, r->address + strlen(UNIX))
			: connect_inet(c, place, r->address);
	if (error < 0) {
		ret->outcome = error == -EADDRNOTAVAIL ? HTTP_UNASKED : HTTP_REFUSED;
		http_call_end(c);
		return error;
	}
	c->length = write_request(r, c->fd, c->text, sizeof(c->text));
	return 0;
}

short http_call_events(const struct http_call *c)
{
	return c->sent < c->length ? POLLOUT : POLLIN;
}

/* 1: connected; 0: not yet; -1: refused. */
static int look_connected(struct http_call *c)
{
	struct pollfd p = {c->fd, POLLOUT, 0};
	socklen_t length = sizeof(int);
	int error = 0;

	if (c->connected)
		return 1;
	if (poll(&p, 1, 0) <= 0)
		return 0;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error)
		return -1;
	c->connected = true;
	return 1;
}

static bool would_wait(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* What cannot be sent may have been answered all the same: reading tells. */
static void send_request(struct http_call *c)
{
	while (c->sent < c->length) {
		ssize_t n = send(c->fd, c->text + c->sent, c->length - c->sent, MSG_NOSIGNAL);

		if (n < 0 && would_wait())
			return;
		c->sent = n < 0 ? c->length : c->sent + (size_t)n;
	}
}

static void read_answer(struct http_call *c)
{
	struct http_reader *r = &c->reader;
	char buf[8192];

	while (r->part < HTTP_END) {
		ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

		if (n < 0 && would_wait())
			break;
		if (n > 0)
			http_reader_feed(r, buf, (size_t)n);
		else
			http_reader_closed(r);
	}
	if (!c->headers_us && (r->part == HTTP_BODY || r->part == HTTP_END))
		c->headers_us = clock_us();
}

bool http_call_step(struct http_call *c, struct http_answer *ret)
{
	const struct http_reader *r = &c->reader;
	int connected = look_connected(c);
	uint64_t now_us;

	memset(ret, 0, sizeof(*ret));
	if (connected > 0) {
		send_request(c);
		read_answer(c);
	}
	now_us = clock_us();
	ret->took_us = (c->headers_us ? c->headers_us : now_us) - c->began_us;
	if (connected < 0)
		ret->outcome = HTTP_REFUSED;
	else if (r->part == HTTP_BROKEN)
		ret->outcome = r->head ? HTTP_NO_HTTP : HTTP_CLOSED;
	else if (r->part == HTTP_END || (c->headers_us && now_us - c->headers_us >= BODY_US))
		ret->outcome = HTTP_ANSWERED;
	else if (!c->headers_us && ret->took_us >= c->limit_us)
		ret->outcome = HTTP_SILENT;
	ret->status = r->status;
	ret->cut = r->cut;
	return ret->outcome != HTTP_UNASKED;
}

void http_call_end(struct http_call *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
}
