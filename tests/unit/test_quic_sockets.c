/* UDP sockets without a reader, by real sockets of this process, which is master and worker in one;
 * and the room in maps, by files of a /proc that is none. */
#include <sys/epoll.h>

#include "nginx/quic_sockets.h"
#include "os/bpf_maps.h"
#include "os/procfs.h"
#include "sockets_fixture.h"

static int set;
static bool told; /* this kernel shows what is in an epoll set */

static int udp(const char *ip, unsigned port, bool is_read)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = inet_socket(strchr(ip, ':') ? AF_INET6 : AF_INET, SOCK_DGRAM, ip, &port);

	must(!is_read || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	return fd;
}

static unsigned free_port(void)
{
	unsigned port = 0;

	(void)close(inet_socket(AF_INET, SOCK_DGRAM, "0.0.0.0", &port));
	return port;
}

/* where: "ADDRESS:", and the port is written behind it; or "". */
static void finds(unsigned unread, unsigned read_too, const char *where, unsigned port,
		  const char *what)
{
	const pid_t self = getpid();
	struct quic_unread u = {99, 99, "?"};
	char text[64];

	(void)snprintf(text, sizeof(text), "%s", where);
	if (*where)
		(void)snprintf(text, sizeof(text), "%s%u", where, port);
	same_number(quic_unread_look(self, &self, 1, &u), 0, what);
	same_number(u.unread, unread, "unread");
	same_number(u.read, read_too, "read");
	same_text(u.where, text, "where");
}

static void readers(void)
{
	unsigned port = free_port();
	int a, b, c;

	finds(0, 0, "", 0, "no UDP socket");
	a = udp("127.0.0.1", port, true);
	finds(0, 0, "", 0, "one that is read");
	b = udp("127.0.0.1", port, true);
	finds(0, 0, "", 0, "two that are read");
	c = udp("127.0.0.1", port, false);
	finds(1, 2, "127.0.0.1:", port, "one of three is not");
	(void)close(a);
	(void)close(b);
	finds(0, 0, "", 0, "nobody serves on that address any more");
	(void)close(c);
}

static void addresses(void)
{
	unsigned port = free_port();
	int all = udp("0.0.0.0", port, true);
	int one = udp("127.0.0.1", port, false);
	int six;

	finds(1, 1, "127.0.0.1:", port, "for the wildcard of its port");
	(void)close(all);
	all = udp("127.0.0.2", port, true);
	finds(0, 0, "", 0, "another address of that port is not it");
	(void)close(one);
	(void)close(all);
	all = udp("0.0.0.0", port, true);
	one = udp("0.0.0.0", port, false);
	finds(1, 1, "*:", port, "a wildcard");
	(void)close(one);
	(void)close(all);
	six = udp("::", port, true);
	one = udp("::", port, false);
	finds(1, 1, "[::]:", port, "of IPv6");
	(void)close(one);
	(void)close(six);
}

/* A server of logs, a resolver: they have a peer. */
static void connected(void)
{
	unsigned port = free_port();
	int a = udp("127.0.0.1", port, true);
	int b = udp("127.0.0.1", port, false);
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(9)};

	peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(connect(b, (const struct sockaddr *)&peer, sizeof(peer)) == 0, "connect");
	finds(0, 0, "", 0, "one with a peer");
	(void)close(a);
	(void)close(b);
}

static void contested(void)
{
	const pid_t self = getpid();
	unsigned port = free_port();
	int a = udp("127.0.0.1", port, true);
	int b = udp("127.0.0.1", port, false);
	struct quic_contested c = {99, "?"};
	char text[64];

	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	same_number(quic_contested_look(self, &self, 1, &c), 0, "looked");
	same_number(c.count, 1, "read by old workers as well");
	same_text(c.where, text, "where");
	same_number(quic_contested_look(self, NULL, 0, &c), 0, "no old worker");
	same_number(c.count, 0, "none");
	(void)close(a);
	(void)close(b);
}

static void fd_file(const char *fd, const char *link, const char *info)
{
	char path[PATH_MAX];
	char name[64];

	(void)snprintf(path, sizeof(path), "%s/77/fd/%s", folder, fd);
	must(symlink(link, path) == 0, path);
	(void)snprintf(name, sizeof(name), "77/fdinfo/%s", fd);
	put_text(name, info);
}

static void maps(void)
{
	const char *real = procfs_root;
	unsigned room = 99;

	procfs_root = folder;
	must(mkdir(folder_path("77"), 0700) == 0, "mkdir");
	must(mkdir(folder_path("77/fd"), 0700) == 0, "mkdir");
	must(mkdir(folder_path("77/fdinfo"), 0700) == 0, "mkdir");
	same_number(bpf_maps_room(77, &room), 0, "no map");
	same_number(room, 0, "no room");
	fd_file("3", "anon_inode:bpf-map", "pos:\t0\nmap_type:\t1\nmax_entries:\t64\n");
	fd_file("4", "anon_inode:bpf-prog", "pos:\t0\nmap_type:\t18\nmax_entries:\t64\n");
	same_number(bpf_maps_room(77, &room), 0, "others");
	same_number(room, 0, "are not it");
	fd_file("8", "anon_inode:bpf-map",
		"pos:\t0\nflags:\t02\nmap_type:\t18\nkey_size:\t8\nmax_entries:\t8\n");
	fd_file("9", "anon_inode:bpf-map",
		"pos:\t0\nflags:\t02\nmap_type:\t18\nkey_size:\t8\nmax_entries:\t16\n");
	same_number(bpf_maps_room(77, &room), 0, "hashes of sockets");
	same_number(room, 16, "the largest");
	ok(bpf_maps_room(78, &room) < 0 && room == 16, "nobody");
	procfs_root = real;
}

int main(void)
{
	const pid_t self = getpid();
	struct quic_unread u;
	unsigned port = free_port();
	int a, b;

	folder_open();
	a = udp("127.0.0.1", port, false);
	b = udp("127.0.0.1", port, false);
	same_number(quic_unread_look(self, &self, 1, &u), -ENOTSUP, "no epoll set");
	(void)close(a);
	(void)close(b);
	set = epoll_create1(EPOLL_CLOEXEC);
	a = udp("127.0.0.1", port, true);
	b = udp("127.0.0.1", port, true);
	told = quic_unread_look(self, &self, 1, &u) != -ENOTSUP;
	(void)close(a);
	(void)close(b);
	if (told) {
		readers();
		addresses();
		connected();
		contested();
	} else {
		printf("# this kernel does not show epoll sets\n");
	}
	maps();
	folder_close();
	return tap_end();
}
