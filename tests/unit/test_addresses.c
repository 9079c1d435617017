/* Where a process listens, against what configurations say. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "folder.h"
#include "nginx/addresses.h"

static int sockets[16];
static unsigned socket_count;

static unsigned listens_on(int family, const void *ip, size_t ip_size, unsigned port)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four;
	struct sockaddr *address = family == AF_INET ? (void *)&four : (void *)&six;
	socklen_t size = family == AF_INET ? sizeof(four) : sizeof(six);
	int one = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(&six, 0, sizeof(six));
	memset(&four, 0, sizeof(four));
	four.sin_family = AF_INET;
	six.sin6_family = AF_INET6;
	memcpy(family == AF_INET ? (void *)&four.sin_addr : (void *)&six.sin6_addr, ip, ip_size);
	four.sin_port = six.sin6_port = htons((uint16_t)port);
	must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) == 0, "socket");
	must(bind(fd, address, size) == 0 && listen(fd, 5) == 0, "bind");
	must(getsockname(fd, address, &size) == 0, "getsockname");
	sockets[socket_count++] = fd;
	return ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
}

static unsigned listens_on_text(int family, const char *text, unsigned port)
{
	unsigned char ip[16];

	must(inet_pton(family, text, ip) == 1, text);
	return listens_on(family, ip, family == AF_INET ? 4 : 16, port);
}

static void listens_on_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)strcpy(address.sun_path, path);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		     listen(fd, 5) == 0,
	     path);
	sockets[socket_count++] = fd;
}

static void listens_no_more(void)
{
	while (socket_count)
		(void)close(sockets[--socket_count]);
}

/* "A B": the words of `listen`; "?" for what is not known, "" for a server without one. */
static struct addresses config(const char *words, bool by_root)
{
	struct config_scan scan;
	struct addresses ret;
	char text[1024];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "http { server { ");
	for (; *words; words += strcspn(words, " ") + (words[strcspn(words, " ")] == ' '))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "listen %.*s; ",
				      (int)strcspn(words, " "), words);
	(void)snprintf(text + n, sizeof(text) - n, "} }\n");
	config_scan_init(&scan);
	must(config_scan_feed(&scan, text, strlen(text)) == 0, text);
	must(addresses_of_config(&scan, by_root, &ret) == 0, text);
	config_scan_free(&scan);
	return ret;
}

static void is(const char *words, bool want, bool want_meet, const char *name)
{
	struct addresses its = config(words, true);
	struct addresses held;

	must(addresses_of(getpid(), &held) == 0, "addresses_of");
	ok(addresses_are(&held, &its) == want, name);
	ok(addresses_meet(&held, &its) == want_meet, name);
	addresses_free(&held);
	addresses_free(&its);
}

static void nothing(void)
{
	is("8080", false, false, "who listens nowhere serves no configuration");
	is("", false, false, "nor one without addresses");
}

static void ports(void)
{
	char text[256];
	unsigned port = listens_on_text(AF_INET, "127.0.0.1", 0);

	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	is(text, true, true, "one address");
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u 127.0.0.1:1", port);
	is(text, false, true, "one of two");
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u-%u", port - 1, port);
	is(text, false, true, "one of a range");
	(void)snprintf(text, sizeof(text), "127.0.0.2:%u", port);
	is(text, false, false, "another address, the same port");
	(void)snprintf(text, sizeof(text), "*:%u", port);
	is(text, false, false, "all addresses are another");
	(void)snprintf(text, sizeof(text), "[::1]:%u", port);
	is(text, false, false, "and IPv6");
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u localhost:1", port);
	is(text, false, true, "one that is known and one that is not");
	(void)listens_on_text(AF_INET, "127.0.0.1", port);
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	is(text, true, true, "twice, by reuseport");
	(void)listens_on_text(AF_INET, "127.0.0.2", port);
	is(text, false, true, "and once elsewhere");
	listens_no_more();
}

static void wildcards(void)
{
	char text[256];
	unsigned port = listens_on_text(AF_INET, "0.0.0.0", 0);

	(void)snprintf(text, sizeof(text), "%u", port);
	is(text, true, true, "a port alone");
	(void)snprintf(text, sizeof(text), "0.0.0.0:%u", port);
	is(text, true, true, "all addresses by number");
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u %u", port, port);
	is(text, true, true, "all stand for one");
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	is(text, false, false, "but not where they are not named");
	(void)snprintf(text, sizeof(text), "%u [::]:%u", port, port);
	is(text, false, true, "nor for IPv6");
	(void)listens_on_text(AF_INET6, "::1", port);
	(void)snprintf(text, sizeof(text), "%u [0:0::1]:%u", port, port);
	is(text, true, true, "IPv6, however it is written");
	listens_no_more();
}

static void paths(void)
{
	char path[PATH_MAX];
	char text[2 * PATH_MAX];

	(void)strcpy(path, folder_path("s"));
	listens_on_path(path);
	(void)snprintf(text, sizeof(text), "unix:%s", path);
	is(text, true, true, "a path");
	(void)snprintf(text, sizeof(text), "unix:%sx", path);
	is(text, false, false, "another path");
	(void)snprintf(text, sizeof(text), "unix:%s 127.0.0.1:1", path);
	is(text, false, true, "one of two");
	listens_no_more();
}

static void defaults(void)
{
	struct addresses a = config("", true);

	ok(a.count == 1 && a.list[0].port == 80, "root's server listens on port 80");
	addresses_free(&a);
	a = config("", false);
	ok(a.count == 1 && a.list[0].port == 8000, "a user's on 8000");
	addresses_free(&a);
}

static void sockets_shared(void)
{
	unsigned port = listens_on_text(AF_INET, "127.0.0.1", 0);
	struct addresses held;
	struct addresses none = {NULL, 0, false};

	must(addresses_of(getpid(), &held) == 0, "addresses_of");
	ok(port && held.count == 1 && held.list[0].port == port, "one socket");
	ok(addresses_held_by(&held, getpid()), "it is held by us");
	ok(!addresses_held_by(&held, getppid()), "and not by another");
	ok(!addresses_held_by(&none, getpid()), "none is held by nobody");
	ok(addresses_are(&held, &held), "it is itself");
	listens_no_more();
	ok(!addresses_held_by(&held, getpid()), "and no more when it is closed");
	addresses_free(&held);
}

int main(void)
{
	folder_open();
	nothing();
	ports();
	wildcards();
	paths();
	defaults();
	sockets_shared();
	folder_close();
	return tap_end();
}
