/* The server's end of a connection, before and after it is accepted. */
#include <netinet/tcp.h>
#include <sys/un.h>

#include "os/server_end.h"
#include "sockets_fixture.h"

union to {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	struct sockaddr_un path;
};

static int netlink;

static union to place(int family, const char *ip, unsigned port)
{
	union to to;

	memset(&to, 0, sizeof(to));
	to.any.sa_family = (sa_family_t)family;
	to.four.sin_port = htons((uint16_t)port); /* at the same offset as sin6_port */
	must(inet_pton(family, ip,
		       family == AF_INET ? (void *)&to.four.sin_addr : (void *)&to.six.sin6_addr) ==
		     1,
	     ip);
	return to;
}

static int connected(const union to *to)
{
	int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = to->any.sa_family == AF_UNIX ? sizeof(to->path) : sizeof(to->six);

	must(fd >= 0 && connect(fd, &to->any, size) == 0, "connect");
	return fd;
}

/* -1: the kernel does not tell. */
static int end_of(int fd, const union to *to, uint64_t *ret_inode)
{
	enum server_end end;
	int r;

	*ret_inode = 0;
	r = server_end(netlink, fd, &to->any, &end, ret_inode);
	if (r < 0)
		printf("# %s\n", strerror(-r));
	return r < 0 ? -1 : (int)end;
}

static void waits_then_taken(int listens, const union to *to, const char *what)
{
	int client = connected(to);
	uint64_t inode;
	int server;

	printf("# %s\n", what);
	same_number(end_of(client, to, &inode), SERVER_END_WAITS, "connected, and nobody took it");
	server = accept(listens, NULL, NULL);
	must(server >= 0, "accept");
	same_number(end_of(client, to, &inode), SERVER_END_TAKEN, "accepted");
	same_number((long long)inode, (long long)inode_of(server), "by whom has this");
	if (to->any.sa_family != AF_UNIX) {
		must(shutdown(client, SHUT_WR) == 0, "shutdown");
		same_number(end_of(client, to, &inode), SERVER_END_TAKEN,
			    "also when we have said all");
	}
	(void)close(server);
	/* Then the kernel shows the listening socket, which proves nothing. */
	same_number(end_of(client, to, &inode),
		    to->any.sa_family == AF_UNIX ? SERVER_END_WAITS : SERVER_END_NONE,
		    "closed there");
	(void)close(client);
}

static void tcp(void)
{
	unsigned port = 0;
	unsigned port_6 = 0;
	int four = inet_socket(AF_INET, SOCK_STREAM, "0.0.0.0", &port);
	int six = inet_socket(AF_INET6, SOCK_STREAM, "::", &port_6);
	union to to = place(AF_INET, "127.0.0.1", port);
	union to to_6 = place(AF_INET6, "::1", port_6);
	union to mapped = place(AF_INET, "127.0.0.1", port_6);

	waits_then_taken(four, &to, "IPv4");
	waits_then_taken(six, &to_6, "IPv6");
	waits_then_taken(six, &mapped, "IPv4 to a socket of both");
	(void)close(four);
	(void)close(six);
}

/* For a connection that does not exist, the kernel finds the listening socket. */
static void elsewhere(void)
{
	unsigned port = 0;
	unsigned other = 0;
	int listens = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &port);
	int there = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &other);
	union to to = place(AF_INET, "127.0.0.1", port);
	union to to_other = place(AF_INET, "127.0.0.1", other);
	int client = connected(&to_other);
	uint64_t inode;

	same_number(end_of(client, &to, &inode), SERVER_END_NONE,
		    "a socket that listens is not taken for a connection");
	same_number((long long)inode, 0, "nor its inode");
	(void)close(listens);
	same_number(end_of(client, &to, &inode), SERVER_END_NONE, "nobody listens");
	(void)close(there);
	(void)close(client);
}

static void full_queue(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);
	int listens = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int clients[4];
	union to to;
	uint64_t inode;
	size_t i;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(listens, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(listens, 1) == 0 &&
		     getsockname(listens, (struct sockaddr *)&a, &size) == 0,
	     "listen");
	to = place(AF_INET, "127.0.0.1", ntohs(a.sin_port));
	for (i = 0; i < 4; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(clients[i], &to.any, sizeof(to));
	}
	same_number(end_of(clients[3], &to, &inode), SERVER_END_WAITS,
		    "no room to wait: it waits all the same");
	for (i = 0; i < 4; i++)
		(void)close(clients[i]);
	(void)close(listens);
}

static void deferred(void)
{
	unsigned port = 0;
	int one = 1;
	int listens = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &port);
	union to to = place(AF_INET, "127.0.0.1", port);
	uint64_t inode;
	int client;

	must(setsockopt(listens, IPPROTO_TCP, TCP_DEFER_ACCEPT, &one, sizeof(one)) == 0, "defer");
	client = connected(&to);
	same_number(end_of(client, &to, &inode), SERVER_END_HALF, "data must come first");
	(void)close(client);
	(void)close(listens);
}

static void local(void)
{
	union to to = {.path = {.sun_family = AF_UNIX}};
	int listens = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	enum server_end end;
	uint64_t inode;
	int r;

	(void)strcpy(to.path.sun_path, folder_path("socket"));
	must(bind(listens, &to.any, sizeof(to.path)) == 0 && listen(listens, 5) == 0, "listen");
	r = server_end(netlink, client, &to.any, &end, &inode);
	if (r == -ENOTSUP) {
		printf("# this kernel does not tell of unix sockets\n");
	} else {
		same_number(r, 0, "it tells of unix sockets");
		same_number((int)end, SERVER_END_NONE, "not connected");
		waits_then_taken(listens, &to, "a unix socket");
	}
	(void)close(client);
	(void)close(listens);
}

int main(void)
{
	folder_open();
	netlink = server_ends_open(-1);
	must(netlink >= 0, "netlink");
	tcp();
	elsewhere();
	full_queue();
	deferred();
	local();
	(void)close(netlink);
	folder_close();
	return tap_end();
}
