/*
 * An nginx that is up and serves wrongly. What comes in and what goes out is changed on the way, so
 * that all else is as it is in a good one. One request at a time is told apart.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fault.h"

#define GOOD "HTTP/1.1 200 OK"

enum { MISSING_PORT = 8081, SLOW_MS = 3000 };

static char asked[4096]; /* the request that was read last */

static int port_of(int fd)
{
	struct sockaddr_in own;
	socklen_t size = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &size) < 0)
		return -1;
	return own.sin_family == AF_INET ? ntohs(own.sin_port) : 0;
}

int wrong_listener(int fd)
{
	int port;

	if (fault_is("never-accepts"))
		return 1;
	if (fault_is("listens-nowhere")) { /* but those with another end are read, or it would wait
					    */
		struct sockaddr_storage a;
		socklen_t size = sizeof(a);

		return getpeername(fd, (struct sockaddr *)&a, &size) < 0;
	}
	if (!fault_is("one-listener-missing") && !fault_is("unix-listener-missing"))
		return 0;
	port = port_of(fd);
	return fault_is("one-listener-missing") ? port == MISSING_PORT : port == 0;
}

void lose_sockets(const char *inherited)
{
	for (; strchr(inherited, ';'); inherited = strchr(inherited, ';') + 1) {
		struct sockaddr_storage a;
		socklen_t size = sizeof(a);
		int fd = atoi(inherited);
		int lost;

		if (getsockname(fd, (struct sockaddr *)&a, &size) < 0)
			continue;
		lost = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		(void)dup2(lost, fd);
		(void)close(lost);
	}
}

int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
	int (*next)(int, __CONST_SOCKADDR_ARG, socklen_t);

	NEXT("bind");
	return fault_is("listens-nowhere") ? 0 : next(fd, address, size);
}

int listen(int fd, int backlog)
{
	int (*next)(int, int);

	NEXT("listen");
	return fault_is("listens-nowhere") ? 0 : next(fd, backlog);
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *size, int flags)
{
	int (*next)(int, __SOCKADDR_ARG, socklen_t *, int);

	NEXT("accept4");
	if (!fault_is("accepts-nothing"))
		return next(fd, address, size, flags);
	(void)poll(NULL, 0, 20);
	errno = EAGAIN;
	return -1;
}

/* What it did not inherit it takes for its own when it ends: the old generation's unix sockets. */
int unlink(const char *path)
{
	int (*next)(const char *);
	size_t length = strlen(path);

	NEXT("unlink");
	if (fault_is("listens-nowhere") && length > 5 && !strcmp(path + length - 5, ".sock"))
		return 0;
	return next(path);
}

/* The server of another name answers, in the place of the one that is asked for. */
static void mix_up(char *text, size_t size, const char *name)
{
	char *at = memmem(text, size, name, strlen(name));

	if (at)
		*at = '_';
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	ssize_t (*next)(int, void *, size_t, int);
	ssize_t n;

	NEXT("recv");
	n = next(fd, data, size, flags);
	if (n <= 0 || (flags & MSG_PEEK))
		return n;
	memset(asked, 0, sizeof(asked));
	memcpy(asked, data, (size_t)n < sizeof(asked) ? (size_t)n : sizeof(asked) - 1);
	if (fault_is("hangs-at-request")) {
		errno = EAGAIN;
		return -1;
	}
	if (fault_is("closes-at-request"))
		return 0;
	if (fault_is("answers-after-3s")) {
		struct pollfd client = {fd, POLLRDHUP, 0};

		(void)poll(&client, 1, SLOW_MS); /* or until he has gone */
	}
	if (fault_is("mixes-up-b"))
		mix_up(data, (size_t)n, "b.example");
	if (fault_is("mixes-up-c"))
		mix_up(data, (size_t)n, "c.example");
	return n;
}

/* The three letters that this request is answered with, or NULL. */
static const char *other_status(void)
{
	if (fault_is("answers-502"))
		return "502";
	if (fault_is("answers-404"))
		return "404";
	if (fault_is("b-answers-500") && strstr(asked, "b.example"))
		return "500";
	if (fault_is("api-answers-502") && strstr(asked, "/api"))
		return "502";
	return NULL;
}

static void change(char *head, size_t size)
{
	const char *status = other_status();

	if (status)
		memcpy(head + sizeof("HTTP/1.1"), status, 3);
	if (fault_is("speaks-no-http"))
		memcpy(head, "NOTHTTP", 7);
	if (fault_is("wrong-content")) {
		char *body = memmem(head, size, "it works", 8);

		if (body)
			memcpy(body, "it fails", 8);
	}
}

/* An answer goes out in one piece or in two, head and body. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
	ssize_t (*next)(int, const struct iovec *, int);
	char text[8192];
	struct iovec one = {text, 0};
	size_t head = 0;
	int i;

	NEXT("writev");
	for (i = 0; i < count; i++) {
		if (one.iov_len + parts[i].iov_len > sizeof(text))
			return next(fd, parts, count);
		memcpy(text + one.iov_len, parts[i].iov_base, parts[i].iov_len);
		one.iov_len += parts[i].iov_len;
		head = head ? head : one.iov_len;
	}
	if (one.iov_len < sizeof(GOOD) || memcmp(text, GOOD, sizeof(GOOD) - 1))
		return next(fd, parts, count);
	change(text, one.iov_len);
	if (fault_is("breaks-off")) {
		ssize_t all = (ssize_t)one.iov_len;

		one.iov_len = count > 1 ? head : one.iov_len - 4;
		(void)next(fd, &one, 1);
		(void)shutdown(fd, SHUT_RDWR);
		return all;
	}
	return next(fd, &one, 1);
}

/* OpenSSL's, in whose place it stands: nginx closes the connection. */
int SSL_do_handshake(void *ssl);
int SSL_do_handshake(void *ssl)
{
	int (*next)(void *);

	NEXT("SSL_do_handshake");
	return fault_is("tls-gone") ? -1 : next(ssl);
}
