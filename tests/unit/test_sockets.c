/* The sockets of a network namespace, listed both ways: by netlink and by tables. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "os/procfs.h"
#include "os/sockets_private.h"
#include "sockets_fixture.h"

enum { ROWS_MAX = 20000, ALL = 31 };

struct rows {
	struct socket_row list[ROWS_MAX];
	size_t count;
	size_t end; /* the reading ends after so many */
};

static bool keep(const struct socket_row *row, void *arg)
{
	struct rows *rows = arg;

	must(rows->count < ROWS_MAX, "too many sockets for this test");
	rows->list[rows->count++] = *row;
	return rows->count != rows->end;
}

static struct rows by_netlink, by_tables;

static const struct socket_row *find(const struct rows *rows, int fd)
{
	uint64_t inode = inode_of(fd);
	size_t i;

	for (i = 0; i < rows->count; i++) {
		if (rows->list[i].inode == inode)
			return &rows->list[i];
	}
	return NULL;
}

static int connected(int type, unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "connect");
	return fd;
}

static int unix_socket(const char *path, size_t length)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, path, length);
	must(fd >= 0 &&
		     bind(fd, (struct sockaddr *)&a,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0 &&
		     listen(fd, 5) == 0,
	     path);
	return fd;
}

static int unix_client(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)strcpy(a.sun_path, path);
	must(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "connect");
	return fd;
}

/* Lists both ways. Netlink may be refused by the kernel: that is no failure. */
static void read_both(unsigned wanted)
{
	enum socket_kind kind;

	by_netlink.count = by_tables.count = 0;
	for (kind = SOCKET_TCP; kind <= SOCKET_UNIX; kind++) {
		struct sockets_reading n = {wanted, keep, &by_netlink, false};
		struct sockets_reading t = {wanted, keep, &by_tables, false};
		int r = sockets_by_netlink(kind, &n);

		must(r == 0 || kind == SOCKET_UNIX || by_netlink.count == 0, "half a list");
		if (r < 0) {
			printf("# netlink does not tell kind %d: %s\n", (int)kind, strerror(-r));
			must(sockets_by_tables(getpid(), kind,
					       &(struct sockets_reading){wanted, keep, &by_netlink,
									 false}) == 0,
			     "tables");
		}
		must(sockets_by_tables(getpid(), kind, &t) == 0, "tables");
	}
}

static void in_both(int fd, const struct socket_row *want, const char *name)
{
	const struct rows *both[2] = {&by_netlink, &by_tables};
	size_t i;

	for (i = 0; i < 2; i++) {
		const struct socket_row *row = find(both[i], fd);

		printf("# by %s\n", i ? "tables" : "netlink");
		ok((row != NULL) == (want != NULL), name);
		if (!row || !want)
			continue;
		ok(row->kind == want->kind && row->family == want->family &&
			   row->listens == want->listens && row->connected == want->connected &&
			   row->port == want->port && row->peer_port == want->peer_port,
		   "as it is");
		ok(memcmp(row->ip, want->ip, sizeof(row->ip)) == 0, "its address");
		if (row->kind != SOCKET_UNIX || i == 0)
			same_number(row->queued, want->queued, "so many wait to be accepted");
		same_text(row->path, want->path, "its name");
	}
}

static void inet(void)
{
	static const unsigned char ip[16] = {127, 0, 0, 1};
	struct socket_row want = {.kind = SOCKET_TCP, .family = AF_INET, .listens = true};
	struct socket_row want_client = {.kind = SOCKET_TCP, .family = AF_INET, .connected = true};
	unsigned port = 0;
	unsigned port_6 = 0;
	int first = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &port);
	int six = inet_socket(AF_INET6, SOCK_STREAM, "::", &port_6);
	int client = connected(SOCK_STREAM, port);
	int other = connected(SOCK_STREAM, port);
	unsigned client_port;
	struct sockaddr_in a;
	socklen_t size = sizeof(a);

	must(getsockname(client, (struct sockaddr *)&a, &size) == 0, "getsockname");
	client_port = ntohs(a.sin_port);
	memcpy(want.ip, ip, sizeof(ip));
	memcpy(want_client.ip, ip, sizeof(ip));
	want.port = want_client.peer_port = port;
	want_client.port = client_port;
	want.queued = 2;
	read_both(ALL);
	in_both(first, &want, "a socket that listens");
	in_both(client, &want_client, "a connection");
	read_both(SOCKETS_TCP_LISTENING);
	in_both(first, &want, "a socket that listens, alone");
	in_both(client, NULL, "no connection");
	memset(want.ip, 0, sizeof(want.ip));
	want.family = AF_INET6;
	want.port = port_6;
	want.queued = 0;
	in_both(six, &want, "IPv6");
	read_both(SOCKETS_TCP_CONNECTED);
	in_both(first, NULL, "no socket that listens");
	in_both(client, &want_client, "a connection, alone");
	read_both(SOCKETS_UDP | SOCKETS_UNIX_LISTENING);
	in_both(first, NULL, "no TCP");
	must(shutdown(client, SHUT_WR) == 0, "shutdown");
	read_both(SOCKETS_TCP_CONNECTED);
	in_both(client, &want_client, "a connection that one side has closed");
	(void)close(first);
	(void)close(six);
	(void)close(client);
	(void)close(other);
}

static void udp(void)
{
	struct socket_row want = {.kind = SOCKET_UDP, .family = AF_INET};
	unsigned port = 0;
	int bound = inet_socket(AF_INET, SOCK_DGRAM, "0.0.0.0", &port);
	int client = connected(SOCK_DGRAM, port);
	const struct socket_row *row;

	want.port = port;
	read_both(SOCKETS_UDP);
	in_both(bound, &want, "a UDP socket");
	row = find(&by_netlink, client);
	ok(row && row->connected && row->peer_port == port, "one that has a peer");
	row = find(&by_tables, client);
	ok(row && row->connected && row->peer_port == port, "by tables, too");
	(void)close(bound);
	(void)close(client);
}

static void unix_sockets(void)
{
	static const char forged[] = "a\n0: 00000002 00000000 00010000 0001 01 %llu etc";
	struct socket_row want = {.kind = SOCKET_UNIX, .family = AF_UNIX, .listens = true};
	struct socket_row peer = {.kind = SOCKET_UNIX, .family = AF_UNIX, .connected = true};
	char text[200];
	int listens = unix_socket(folder_path("socket"), strlen(folder_path("socket")));
	int abstract = unix_socket("\0unit test of sockets", 21);
	int client = unix_client(folder_path("socket"));
	int evil;
	const struct socket_row *row;

	(void)snprintf(want.path, sizeof(want.path), "%s", folder_path("socket"));
	want.queued = 1;
	read_both(SOCKETS_UNIX_LISTENING);
	in_both(listens, &want, "a unix socket that listens");
	in_both(client, NULL, "and no connection");
	want.path[0] = '\0';
	want.queued = 0;
	in_both(abstract, &want, "an abstract one");
	read_both(SOCKETS_UNIX_CONNECTED);
	in_both(listens, NULL, "none that listens");
	in_both(client, &peer, "a unix connection");

	must(chdir(folder) == 0, folder);
	(void)snprintf(text, sizeof(text), forged, (unsigned long long)inode_of(listens));
	evil = unix_socket(text, strlen(text));
	read_both(SOCKETS_UNIX_LISTENING);
	row = find(&by_netlink, listens);
	same_text(row ? row->path : NULL, folder_path("socket"),
		  "netlink is not deceived by a name");
	row = find(&by_tables, listens);
	same_text(row ? row->path : NULL, "", "a name that looks like a line: neither is believed");
	(void)close(evil);
	(void)close(listens);
	(void)close(abstract);
	(void)close(client);
}

/* The caller can end the reading. */
static void ends(void)
{
	unsigned port = 0;
	int a = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &port);
	int b = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &port);

	by_tables.count = 0;
	by_tables.end = 1;
	same_number(sockets_each(getpid(), ALL, keep, &by_tables), 0, "ended, and no failure");
	same_number((long long)by_tables.count, 1, "after the first");
	by_tables.end = 0;
	(void)close(a);
	(void)close(b);
}

/* ---- another network namespace, and an old kernel ---- */

static void other_namespace(void)
{
	unsigned port = 0;
	int ready[2];
	uint64_t inode = 0;
	pid_t child;
	size_t i;

	must(pipe(ready) == 0, "pipe");
	child = fork();
	must(child >= 0, "fork");
	if (child == 0) {
		if (unshare(CLONE_NEWNET) == 0) {
			inode = inode_of(inet_socket(AF_INET, SOCK_STREAM, "0.0.0.0", &port));
			(void)!write(ready[1], &inode, sizeof(inode));
		}
		(void)close(ready[1]);
		(void)pause();
		_exit(0);
	}
	(void)close(ready[1]);
	if (read(ready[0], &inode, sizeof(inode)) == sizeof(inode)) {
		by_tables.count = 0;
		same_number(sockets_each(child, ALL, keep, &by_tables), 0, "of another namespace");
		for (i = 0; i < by_tables.count && by_tables.list[i].inode != inode; i++)
			;
		ok(i < by_tables.count, "its socket is told");
		same_number((long long)by_tables.count, 1, "and nobody else's");
	} else {
		printf("# no namespace of its own could be had\n");
	}
	(void)close(ready[0]);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	ok(sockets_each(child, ALL, keep, &by_tables) == -ESRCH, "of a process that is gone");
}

/* Linux 2.6.32 without IPv6: connections in SYN_RECV are listed between the listening sockets. */
static void old_kernel(void)
{
	static const char tcp[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0"
		"        0 5001 1 ffff88003d3af3c0 99 0 0 2 -1\n"
		"   1: 0100007F:1F90 0200007F:D431 03 00000000:00000000 01:00000064 00000000     0"
		"        0 0 1 ffff88003d3af3c0\n"
		"   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0"
		"        0 5002 1 ffff88003d3af3c0 99 0 0 2 -1\n"
		"   3: 0100007F:1F90 0200007F:D432 01 00000000:00000000 00:00000000 00000000     0"
		"        0 5003 1 ffff88003d3af3c0 99 0 0 2 -1\n"
		"   4: garbage\n";
	static const char own_stat[] =
		"7 (x) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0 0 0 0 0";
	const char *proc = procfs_root;
	char root[64];

	(void)snprintf(root, sizeof(root), "%s", folder);
	must(mkdir(folder_path("7"), 0700) == 0 && mkdir(folder_path("7/net"), 0700) == 0, "7");
	put_text("7/net/tcp", tcp);
	put_text("7/stat", own_stat);
	procfs_root = root;
	by_tables.count = 0;
	same_number(sockets_each(7, SOCKETS_TCP_LISTENING, keep, &by_tables), 0, "an old table");
	same_number((long long)by_tables.count, 2, "a connection in the making hides nobody");
	ok(by_tables.list[0].inode == 5001 && by_tables.list[0].queued == 3 &&
		   by_tables.list[0].port == 8080 && by_tables.list[1].inode == 5002,
	   "those that listen");
	same_number(sockets_each(7, SOCKETS_TCP_CONNECTED, keep, &by_tables), -EBADMSG,
		    "what cannot be read is not guessed");
	must(unlink(folder_path("7/net/tcp")) == 0, "unlink");
	same_number(sockets_each(7, SOCKETS_TCP_LISTENING, keep, &by_tables), -ESRCH,
		    "without a first table it is gone");
	procfs_root = proc;
}

int main(void)
{
	folder_open();
	inet();
	udp();
	unix_sockets();
	ends();
	other_namespace();
	old_kernel();
	must(chdir("/") == 0, "/");
	folder_close();
	return tap_end();
}
