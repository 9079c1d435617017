/* One request over real sockets: what is sent, and what comes of each kind of answer. */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "nginx/http_call.h"
#include "tap.h"

#define LIMIT_US 200000u

static const struct believed root_alone = {0, NO_USER, NO_GROUP};
static const struct http_place here = {&root_alone, "", -1};

/* A listener on a port of the loopback; the request asks it. */
static int listener(int family, struct http_request *r)
{
	struct sockaddr_in6 a;
	socklen_t size = sizeof(a);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(&a, 0, sizeof(a));
	a.sin6_family = (sa_family_t)family;
	if (family == AF_INET6)
		a.sin6_addr = in6addr_loopback;
	else
		((struct sockaddr_in *)(void *)&a)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &size) < 0)
		return -1;
	memset(r, 0, sizeof(*r));
	(void)snprintf(r->address, sizeof(r->address), "%s:%u",
		       family == AF_INET6 ? "[::1]" : "127.0.0.1", (unsigned)ntohs(a.sin6_port));
	(void)snprintf(r->host, sizeof(r->host), "a.example");
	return fd;
}

/* Goes on until it is over, and says `text` and closes when it has read a request; NULL: never. */
static void serve(int listening, struct http_call *c, const char *text, struct http_answer *ret,
		  char *seen, size_t size)
{
	int fd = -1;

	seen[0] = '\0';
	while (!http_call_step(c, ret)) {
		struct pollfd p = {fd < 0 ? listening : fd, POLLIN, 0};
		ssize_t n;

		if (poll(&p, 1, 1) <= 0 || (fd >= 0 && seen[0]))
			continue;
		if (fd < 0) {
			fd = accept(listening, NULL, NULL);
			continue;
		}
		n = read(fd, seen, size - 1);
		seen[n > 0 ? n : 0] = '\0';
		if (!text)
			continue;
		must(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "write");
		must(close(fd) == 0, "close");
		fd = -1;
	}
	http_call_end(c);
	if (fd >= 0)
		(void)close(fd);
}

static void answers(const char *text, enum http_outcome outcome, unsigned status, bool cut)
{
	struct http_request r;
	struct http_call c;
	struct http_answer a;
	char seen[1024];
	int fd = listener(AF_INET, &r);

	must(fd >= 0, "listen");
	must(http_call_begin(&c, &here, &r, LIMIT_US, &a) == 0, "begin");
	serve(fd, &c, text, &a, seen, sizeof(seen));
	same_number(a.outcome, outcome, text ? text : "never");
	same_number(a.status, status, "its status");
	same_number(a.cut, cut, "whether it broke off");
	if (outcome == HTTP_SILENT)
		ok(a.took_us >= LIMIT_US && a.took_us < 100 * LIMIT_US, "after its time");
	(void)close(fd);
}

static void requests(void)
{
	struct http_request r;
	struct http_call c;
	struct http_answer a;
	char seen[1024], want[1024];
	int fd = listener(AF_INET, &r);

	must(fd >= 0, "listen");
	r.proxy_protocol = true;
	must(http_call_begin(&c, &here, &r, LIMIT_US, &a) == 0, "begin");
	serve(fd, &c, "HTTP/1.1 204 x\r\n\r\n", &a, seen, sizeof(seen));
	ok(strncmp(seen, "PROXY TCP4 127.0.0.1 127.0.0.1 ", 31) == 0, seen);
	(void)snprintf(want, sizeof(want), "\r\nGET / HTTP/1.1\r\nHost: a.example%s\r\n",
		       strchr(r.address, ':'));
	ok(strstr(seen, want), want);
	(void)close(fd);
	fd = listener(AF_INET6, &r);
	if (fd < 0) {
		ok(true, "over IPv6 # SKIP there is none");
		return;
	}
	must(http_call_begin(&c, &here, &r, LIMIT_US, &a) == 0, "begin");
	serve(fd, &c, "HTTP/1.1 204 x\r\n\r\n", &a, seen, sizeof(seen));
	same_number(a.status, 204, "over IPv6");
	(void)close(fd);
}

static void nobody_there(void)
{
	struct http_request r;
	struct http_call c;
	struct http_answer a;
	int fd = listener(AF_INET, &r);
	int began;

	must(fd >= 0, "listen");
	(void)close(fd);
	began = http_call_begin(&c, &here, &r, LIMIT_US, &a);
	if (began == 0)
		while (!http_call_step(&c, &a)) /* the loopback answers at once */
			;
	http_call_end(&c);
	same_number(a.outcome, HTTP_REFUSED, "nobody listens");
	/* TEST-NET-1 (RFC 5737) */
	(void)snprintf(r.address, sizeof(r.address), "192.0.2.1:80");
	ok(http_call_begin(&c, &here, &r, LIMIT_US, &a) < 0, "another machine's");
	same_number(a.outcome, HTTP_UNASKED, "is not asked");
}

static void unix_sockets(void)
{
	char folder[] = "/run/test_http_call.XXXXXX";
	struct sockaddr_un s = {.sun_family = AF_UNIX};
	struct http_request r;
	struct http_call c;
	struct http_answer a;
	char seen[1024];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (geteuid() != 0) {
		ok(true, "over a unix socket # SKIP needs root");
		return;
	}
	must(mkdtemp(folder) && chmod(folder, 0755) == 0, "folder");
	(void)snprintf(s.sun_path, sizeof(s.sun_path), "%s/s", folder);
	must(bind(fd, (struct sockaddr *)&s, sizeof(s)) == 0 && listen(fd, 1) == 0, "listen");
	memset(&r, 0, sizeof(r));
	(void)snprintf(r.address, sizeof(r.address), "unix:%s", s.sun_path);
	(void)snprintf(r.host, sizeof(r.host), "a");
	must(http_call_begin(&c, &here, &r, LIMIT_US, &a) == 0, "begin");
	serve(fd, &c, "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n", &a, seen, sizeof(seen));
	same_number(a.status, 200, "over a unix socket");
	must(chmod(folder, 0777) == 0, "chmod");
	(void)http_call_begin(&c, &here, &r, LIMIT_US, &a);
	same_number(a.outcome, HTTP_UNASKED, "one that anybody can put there is not asked");
	(void)close(fd);
	(void)unlink(s.sun_path);
	(void)rmdir(folder);
}

int main(void)
{
	answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", HTTP_ANSWERED, 200, false);
	answers("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", HTTP_ANSWERED, 200, true);
	answers("HTTP/1.1 502 No\r\n\r\n", HTTP_ANSWERED, 502, false);
	answers("", HTTP_CLOSED, 0, false);
	answers("220 mail.example ESMTP\r\n", HTTP_NO_HTTP, 0, false);
	answers(NULL, HTTP_SILENT, 0, false);
	requests();
	nobody_there();
	unix_sockets();
	return tap_end();
}
