/* Clients, counted by real sockets: of children that play a master, a worker and an heir. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "folder.h"
#include "nginx/clients.h"
#include "waiting_child.h"

enum { MOST = 32 };

/* What a child does not have, of all that this process has. */
static int foreign[MOST];
static size_t foreign_count;

static int not_theirs(int fd)
{
	must(foreign_count < MOST, "room for another");
	foreign[foreign_count++] = fd;
	return fd;
}

static bool close_foreign(const void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < foreign_count; i++)
		(void)close(foreign[i]);
	return true;
}

static pid_t child(void)
{
	return start_waiting(close_foreign, NULL);
}

static struct sockaddr_in at(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int inet(int type)
{
	int fd = socket(AF_INET, type, 0);

	must(fd >= 0, "socket");
	return fd;
}

static int bound(int type, unsigned port)
{
	struct sockaddr_in a = at(port);
	int fd = inet(type);

	must(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "bind");
	must(type == SOCK_DGRAM || listen(fd, 9) == 0, "listen");
	return fd;
}

static unsigned port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t length = sizeof(a);

	must(getsockname(fd, (struct sockaddr *)&a, &length) == 0, "getsockname");
	return ntohs(a.sin_port);
}

static int connected(int type, unsigned port)
{
	struct sockaddr_in a = at(port);
	int fd = inet(type);

	must(connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "connect");
	return fd;
}

static int accepted(int fd)
{
	int client = accept(fd, NULL, NULL);

	must(client >= 0, "accept");
	return client;
}

static struct sockaddr_un named(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%.100s", folder_path(name));
	return a;
}

static int unix_listens(const char *name)
{
	struct sockaddr_un a = named(name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	must(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 9) == 0,
	     name);
	return fd;
}

static int unix_connects(const char *name)
{
	struct sockaddr_un a = named(name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	must(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0, name);
	return fd;
}

static int tcp, local, channel[2], behind, local_behind;
static pid_t master, worker;

static struct clients counted(pid_t pid, pid_t its_master, const struct inodes *known)
{
	const pid_t masters[2] = {its_master, 0};
	struct clients c;

	clients_init(&c);
	clients_count(&pid, 1, masters, known, &c);
	return c;
}

static void same(const struct clients *c, unsigned t, unsigned l, unsigned u, unsigned b,
		 const char *name)
{
	char got[96];
	char want[96];

	(void)snprintf(got, sizeof(got), "%u TCP, %u unix, %u UDP, %u behind, error %d", c->tcp,
		       c->local, c->udp, c->behind, c->error);
	(void)snprintf(want, sizeof(want), "%u TCP, %u unix, %u UDP, %u behind, error 0", t, l, u,
		       b);
	same_text(got, want, name);
}

/* The master has what listens, and its channel to the worker. */
static void start_master(void)
{
	behind = not_theirs(bound(SOCK_STREAM, 0));
	local_behind = not_theirs(unix_listens("behind"));
	tcp = bound(SOCK_STREAM, 0);
	local = unix_listens("local");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0, "a channel");
	master = child();
}

static void of_a_worker(void)
{
	struct clients c;
	struct clients again;
	struct clients sum;

	c = counted(master, 0, NULL);
	same(&c, 0, 0, 0, 0, "who only listens has no clients");
	clients_free(&c);
	(void)not_theirs(connected(SOCK_STREAM, port_of(tcp)));
	(void)not_theirs(connected(SOCK_STREAM, port_of(tcp)));
	(void)accepted(tcp);
	(void)accepted(tcp);
	(void)not_theirs(unix_connects("local"));
	(void)accepted(local);
	(void)connected(SOCK_STREAM, port_of(behind));
	(void)not_theirs(accepted(behind));
	(void)unix_connects("behind");
	(void)not_theirs(accepted(local_behind));
	(void)connected(SOCK_DGRAM, 9);
	(void)connected(SOCK_DGRAM, 53);
	worker = child();
	c = counted(worker, master, NULL);
	same(&c, 2, 1, 1, 2, "each by its kind; a resolver's socket is no client");
	ok(clients_sum(&c) == 4 && clients_any(&c) && !c.uncounted, "four of them");
	again = counted(worker, master, &c.sockets);
	same(&again, 0, 0, 0, 2, "none is counted twice");
	clients_init(&sum);
	clients_add(&sum, &c);
	clients_add(&sum, &again);
	same(&sum, 2, 1, 1, 4, "and the sum");
	ok(sum.sockets.count == 5 && inodes_have(&sum.sockets, c.sockets.list[0]),
	   "with all that were looked at, the resolver's, too");
	clients_free(&again);
	clients_free(&sum);
	clients_free(&c);
	c = counted(worker, 0, NULL);
	same(&c, 2, 1, 1, 1, "without a master its channels are not told from servers behind");
	clients_free(&c);
}

static void over_udp(void)
{
	int quic = bound(SOCK_DGRAM, port_of(tcp));
	struct clients c;
	pid_t pid = child();

	c = counted(pid, master, NULL);
	ok(c.uncounted, "UDP on a port of TCP: HTTP/3 may have clients");
	clients_free(&c);
	(void)close(quic);
	(void)kill(pid, SIGKILL);
}

static void nobody(void)
{
	struct clients none = counted(0x7ffffff0, master, NULL);
	same(&none, 0, 0, 0, 0, "who is gone has no clients");
	ok(!clients_any(&none), "none at all");
	clients_free(&none);
}

static void waiting(void)
{
	int removed = bound(SOCK_STREAM, 0);
	struct clients c;
	pid_t old = child();
	pid_t heir;

	(void)not_theirs(removed);
	heir = child();
	(void)not_theirs(connected(SOCK_STREAM, port_of(removed)));
	(void)not_theirs(connected(SOCK_STREAM, port_of(removed)));
	(void)not_theirs(connected(SOCK_STREAM, port_of(tcp)));
	clients_init(&c);
	clients_waiting(old, heir, &c);
	same_number(c.waiting, 2, "those that wait where the heir does not listen");
	ok(clients_sum(&c) == 2, "are among the clients");
	clients_free(&c);
	clients_waiting(old, old, &c);
	same_number(c.waiting, 0, "nobody where the heir has all");
	clients_waiting(0x7ffffff0, heir, &c);
	ok(!c.waiting && !c.error, "nor where nobody is");
	clients_free(&c);
}

int main(void)
{
	folder_open();
	start_master();
	of_a_worker();
	over_udp();
	nobody();
	waiting();
	folder_close();
	return tap_end();
}
