/* One connection, one request, one answer. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nginx/http_answer.h"
#include "nginx/http_call.h"
#include "nginx/http_place.h"
#include "nginx/http_requests.h"
#include "os/clock.h"
#include "os/socket_address.h"

/* How long the body is read after the headers. If it takes longer, that is no failure. */
#define BODY_US 1000000u

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The Host header is as clients write it: without the default port. Returns the length. */
static size_t write_request(const struct http_request *r, int fd, char *ret, size_t size)
{
	const char *port = socket_address_path(r->address) ? "" : strrchr(r->address, ':');
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
	memset(c, 0, sizeof(*c));
	memset(ret, 0, sizeof(*ret));
	c->fd = -1;
	c->began_us = clock_us();
	c->limit_us = limit_us;
	http_reader_init(&c->reader);
	c->fd = http_place_connect(place, r->address, NULL);
	if (c->fd < 0) {
		ret->outcome = c->fd == -EADDRNOTAVAIL ? HTTP_UNASKED : HTTP_REFUSED;
		return c->fd;
	}
	c->length = write_request(r, c->fd, c->text, sizeof(c->text));
	return 0;
}

short http_call_events(const struct http_call *c)
{
	return c->sent < c->length ? POLLOUT : POLLIN;
}

/* 1: it is connected; 0: not yet; -ECONNREFUSED. */
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
		return -ECONNREFUSED;
	c->connected = true;
	return 1;
}

static bool would_wait(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* nginx may have answered before it had the whole request, so a failure is left to
 * read_answer(). */
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
