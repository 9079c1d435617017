/*
 * Healing of real sockets of a master and workers that are this test's own. What it did is seen by
 * the peer that a socket has then, and by who gets the datagrams of new clients.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/filter.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "nginx/quic_heal.h"
#include "os/bpf.h"
#include "os/foreign_socket.h"
#include "sockets_fixture.h"
#include "workers_fixture.h"

enum { CLIENTS = 64 };

/* The next list of descriptors finds no memory: realloc(NULL, sizeof(int)). */
static bool no_memory;

void *realloc(void *old, size_t size)
{
	static void *(*real)(void *, size_t);

	if (!real) {
		/* dlsym() gives a pointer to data, which is none to a function in C. */
		void *found = dlsym(RTLD_NEXT, "realloc");

		memcpy(&real, &found, sizeof(found));
	}
	if (no_memory && !old && size == sizeof(int)) {
		no_memory = false;
		errno = ENOMEM;
		return NULL;
	}
	return real(old, size);
}

static int udp(const char *ip, unsigned *port)
{
	return inet_socket(strchr(ip, ':') ? AF_INET6 : AF_INET, SOCK_DGRAM, ip, port);
}

static bool has_peer(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
}

static unsigned received(int fd)
{
	char byte;
	unsigned n = 0;

	while (recv(fd, &byte, 1, MSG_DONTWAIT) == 1)
		n++;
	return n;
}

/* New clients, each from a port of its own. */
static void send_to(unsigned port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	unsigned i;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (i = 0; i < CLIENTS; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		must(sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)) == 1,
		     "sendto");
		(void)close(fd);
	}
}

/* Of what this test has as a reader itself: nobody. */
static struct quic_healed heals(int want, unsigned count, const char *what)
{
	struct quic_healed healed;

	same_number(quic_heal(&master, NULL, 0, &healed), want, what);
	same_number(healed.healed, count, "so many are healed");
	return healed;
}

/* ---- what is tried ---- */

static void one_of_two(const char *ip, const char *written)
{
	unsigned port = 0;
	int a = udp(ip, &port);
	int b = udp(ip, &port);
	const struct worker workers[] = {{WORKER, {a}, 1}, {NULL, {0}, 0}};
	struct quic_healed healed;
	char where[64];

	begin(workers);
	(void)snprintf(where, sizeof(where), "%s:%u", written, port);
	healed = heals(0, 1, written);
	same_text(healed.where, where, "where");
	same_text(healed.step, "", "nothing failed");
	ok(!has_peer(a) && has_peer(b), "the one without a reader has a peer");
	send_to(port);
	same_number(received(a), CLIENTS, "every new client is dealt to the one that is read");
	healed = heals(0, 0, "again");
	same_text(healed.where, "", "nowhere");
	end();
	(void)close(a);
	(void)close(b);
}

/* Whom the kernel deals to by that place in the group: a program that says just this place. */
static int at_place(int any, unsigned place, unsigned port, const int *fds, int count)
{
	struct sock_filter code = {BPF_RET | BPF_K, 0, 0, place};
	struct sock_fprog program = {1, &code};
	int got = -1;
	int i;

	must(setsockopt(any, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) == 0,
	     "SO_ATTACH_REUSEPORT_CBPF");
	send_to(port);
	for (i = 0; i < count; i++) {
		if (received(fds[i]))
			got = i;
	}
	return got;
}

/* Where quic_bpf is off, flows keep their worker by the places of sockets in the group. */
static void places(void)
{
	enum { EACH = 3 };
	unsigned port = 0;
	int fds[2 * EACH];
	struct worker workers[] = {{WORKER, {0}, EACH}, {NULL, {0}, 0}};
	int i;

	for (i = 0; i < 2 * EACH; i++) {
		fds[i] = udp("0.0.0.0", &port);
		if (i >= EACH)
			workers[0].reads[i - EACH] = fds[i];
	}
	begin(workers);
	heals(0, EACH, "those of the old generation");
	for (i = 0; i < EACH; i++)
		same_number(at_place(fds[EACH], (unsigned)i, port, fds, 2 * EACH), EACH + i,
			    "the new ones keep their order");
	end();
	for (i = 0; i < 2 * EACH; i++)
		(void)close(fds[i]);
}

/* Two addresses, and as many sockets as workers of each. */
static void all_read(void)
{
	unsigned port = 0;
	int a = udp("127.0.0.1", &port);
	int b = udp("127.0.0.1", &port);
	int c = udp("0.0.0.0", &port);
	int d = udp("0.0.0.0", &port);
	const struct worker workers[] = {{WORKER, {a, c}, 2}, {WORKER, {b, d}, 2}, {NULL, {0}, 0}};

	begin(workers);
	heals(0, 0, "each has a reader");
	ok(!has_peer(a) && !has_peer(b) && !has_peer(c) && !has_peer(d), "all are as before");
	end();
	(void)close(a);
	(void)close(b);
	(void)close(c);
	(void)close(d);
}

/* a is read, b is not, and none of that may be touched. */
static void left_alone(child_first *first, const struct worker *more, int want, const char *what)
{
	unsigned port = 0;
	int a = udp("127.0.0.1", &port);
	int b = udp("127.0.0.1", &port);
	struct worker workers[3] = {{WORKER, {a}, 1}, {NULL, {0}, 0}, {NULL, {0}, 0}};

	if (more)
		workers[1] = *more;
	begin_as(first, workers);
	heals(want, 0, what);
	ok(!has_peer(a) && !has_peer(b), "both are as before");
	end();
	(void)close(a);
	(void)close(b);
}

static void not_now(void)
{
	static const struct worker starting = {STARTS, {0}, 0};

	left_alone(start_workers, &starting, -EBUSY, "a worker that has no title yet");
	left_alone(with_dead_worker, NULL, -EBUSY, "a worker has died, and another is to come");
	left_alone(be_busy, NULL, -EBUSY, "a master that is not in its loop");
}

/* Workers of a master that is gone; what no nginx is may have such a socket: this test has. */
static void another_holder(void)
{
	unsigned port = 0;
	int a = udp("127.0.0.1", &port);
	int b = udp("127.0.0.1", &port);
	const struct worker workers[] = {{WORKER, {a}, 1}, {NULL, {0}, 0}};
	const struct worker orphan = {LEAVING, {b}, 1};

	begin(workers);
	must(start_worker(&orphan), "an orphan");
	heals(-EBUSY, 0, "a worker of another master has it");
	ok(!has_peer(b), "it is as before");
	end();
	(void)close(a);
	(void)close(b);
}

/* Readers that the caller names, as those of another generation. */
static void named_reader(void)
{
	const pid_t self = getpid();
	struct epoll_event event = {.events = EPOLLIN};
	unsigned port = 0;
	int set = epoll_create1(EPOLL_CLOEXEC);
	int a = udp("127.0.0.1", &port);
	int b = udp("127.0.0.1", &port);
	const struct worker workers[] = {{WORKER, {a}, 1}, {NULL, {0}, 0}};
	struct quic_healed healed;

	must(epoll_ctl(set, EPOLL_CTL_ADD, b, &event) == 0, "epoll_ctl");
	begin(workers);
	same_number(quic_heal(&master, &self, 1, &healed), 0, "read by another");
	ok(!healed.healed && !has_peer(b), "it is as before");
	(void)close(set);
	end();
	(void)close(a);
	(void)close(b);
}

static void gone(void)
{
	const struct worker workers[] = {{NULL, {0}, 0}};
	struct quic_healed healed;

	begin(workers);
	same_number(quic_heal_possible(&master), 0, "it could be done");
	(void)kill(master.process.pid, SIGKILL);
	(void)waitpid(master.process.pid, NULL, 0);
	same_number(quic_heal(&master, NULL, 0, &healed), -ESRCH, "a master that is gone");
	subject_close(&master);
}

/* Two sockets of one address, in a map as quic_bpf has it. The second one is read. */
struct with_map {
	int map;
	int fds[2];
	uint64_t cookies[2];
};

/* False: not on this kernel. */
static bool make_map(struct with_map *m)
{
	struct bpf_map wanted = {BPF_MAP_SOCKHASH, 0, 8, 8, 8, 0, ""};
	unsigned port = 0;
	int i;

	m->map = bpf_map_create(&wanted);
	if (m->map < 0) {
		printf("# no map of sockets here: %s\n", strerror(-m->map));
		return false;
	}
	for (i = 0; i < 2; i++) {
		uint64_t fd;

		m->fds[i] = udp("127.0.0.1", &port);
		fd = (uint64_t)m->fds[i];
		must(socket_cookie(m->fds[i], &m->cookies[i]) == 0, "SO_COOKIE");
		if (bpf_map_update(m->map, &m->cookies[i], &fd) < 0) {
			printf("# this kernel's maps take no UDP socket\n");
			return false;
		}
	}
	return true;
}

static void close_map(struct with_map *m)
{
	(void)close(m->map);
	(void)close(m->fds[0]);
	(void)close(m->fds[1]);
}

static void entries(void)
{
	struct with_map m;
	uint64_t got;

	if (!make_map(&m))
		return;
	begin((const struct worker[]){{WORKER, {m.fds[1]}, 1}, {NULL, {0}, 0}});
	same_number(heals(0, 1, "with a map").entries, 1, "its entry has left the map");
	same_number(bpf_map_lookup(m.map, &m.cookies[1], &got), 0, "the other one's is there");
	same_number(bpf_map_lookup(m.map, &m.cookies[0], &got), -ENOENT, "its own is not");
	end();
	close_map(&m);
}

/* The socket is healed all the same. */
static void unnoted_map(void)
{
	struct quic_healed healed;
	struct with_map m;

	if (!make_map(&m))
		return;
	begin((const struct worker[]){{WORKER, {m.fds[1]}, 1}, {NULL, {0}, 0}});
	no_memory = true;
	healed = heals(-ENOMEM, 1, "no memory for the list of maps");
	same_number(healed.entries, 0, "no entry was deleted");
	ok(strncmp(healed.step, "note BPF map ", 13) == 0, "the map is named");
	end();
	close_map(&m);
}

static bool can_take(void)
{
	struct process self;
	int r;

	must(process_open(getpid(), &self) == 0, "ourselves");
	r = foreign_socket_permitted(&self);
	process_close(&self);
	if (r == -ENOSYS)
		printf("# this kernel has no pidfd_getfd\n");
	return r != -ENOSYS;
}

int main(int argc, char **argv)
{
	if (strncmp(argv[0], "nginx: ", 7) == 0)
		play_worker(argc, argv);
	if (!can_take()) {
		ok(true, "not on this kernel");
		return tap_end();
	}
	one_of_two("127.0.0.1", "127.0.0.1");
	one_of_two("0.0.0.0", "*");
	one_of_two("::", "[::]");
	places();
	all_read();
	not_now();
	another_holder();
	named_reader();
	gone();
	entries();
	unnoted_map();
	return tap_end();
}
