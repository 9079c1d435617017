/*
 * What observe() makes of the sockets of two generations, at the desk: what WINCH would leave to
 * nobody, and who has had QUIT.
 */
#define _GNU_SOURCE
#include "core/observe.h"
#include "observe_fixture.h"

static const char *sockets_text(const char *table, const unsigned (*rows)[3], size_t count)
{
	static char text[2048];
	size_t n = (size_t)snprintf(text, sizeof(text), "heading of %s\n", table);
	size_t i;

	/* number, port, port of a peer */
	for (i = 0; i < count; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n,
			" %zu: 0100007F:%04X 00000000:%04X 0A 00000000:00000000 00:00000000 "
			"00000000 0 0 %u 1 0\n",
			i, rows[i][1], rows[i][2], rows[i][0]);
	return text;
}

static void holds(const struct desk_process *p, const char *fd, unsigned socket)
{
	char link[32];

	(void)snprintf(link, sizeof(link), "socket:[%u]", socket);
	desk_link(p->pid, fd, link);
}

static bool stalls(const char *name)
{
	ok(find_world(), name);
	same_number(observe(&world, &facts), 0, "a look");
	return facts.winch_stalls;
}

/* What WINCH leaves to nobody is told by the sockets themselves, not by their number. */
static void left_to_nobody(void)
{
	static const unsigned rows[][3] = {{100, 80, 0}, {101, 80, 0}, {102, 81, 0}, {103, 80, 0}};

	two_generations();
	desk_text(old->pid, "net/tcp", sockets_text("tcp", rows, 4));
	desk_text(new->pid, "net/tcp", sockets_text("tcp", rows, 4));
	holds(old, "fd/7", 100);
	holds(old, "fd/8", 101);
	ok(!stalls("a world"), "an address that is not served any more is nobody's loss");
	world_close(&world);
	holds(new, "fd/7", 100);
	ok(stalls("one of two is kept"), "the other one stalls, as many workers as there are");
	world_close(&world);
	holds(new, "fd/8", 101);
	ok(!stalls("both are kept"), "by however few workers: the old kernel does not say more");
	world_close(&world);
	holds(old, "fd/9", 102);
	ok(!stalls("an address was removed"), "no loss");
	done();
}

static void reads(pid_t pid, const char *sockets)
{
	desk_folder(pid, "fdinfo");
	desk_link(pid, "fd/9", "anon_inode:[eventpoll]");
	desk_text(pid, "fdinfo/9", sockets);
}

/* The last worker of that master; with text, all of them read that. */
static pid_t worker_of(const struct desk_process *master, const char *text)
{
	pid_t pid = 0;
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		if (!desk.list[i].pid || desk.list[i].parent != master->pid || &desk.list[i] == new)
			continue;
		pid = desk.list[i].pid;
		if (text)
			reads(pid, text);
	}
	must(pid != 0, "a worker");
	return pid;
}

/* A socket that both masters hold, and only old workers read: those of QUIC with quic_bpf. */
static void read_by_nobody(void)
{
	static const unsigned rows[][3] = {{200, 443, 0}, {201, 443, 0}};
	pid_t worker;

	two_generations();
	worker = worker_of(new, NULL);
	desk_text(new->pid, "net/udp", sockets_text("udp", rows, 2));
	holds(old, "fd/7", 200);
	holds(new, "fd/7", 200);
	holds(new, "fd/8", 201);
	reads(worker, "tfd: 8 events: 19 data: 0  pos:0 ino:c9 sdev:8\n");
	(void)worker_of(old, "tfd: 7 events: 19 data: 0  pos:0 ino:c8 sdev:8\n");
	ok(stalls("QUIC"), "held by both, read by the old workers alone");
	world_close(&world);
	desk_text(worker, "fdinfo/9",
		  "tfd: 8 events: 19 data: 0  pos:0 ino:c9 sdev:8\n"
		  "tfd: 7 events: 19 data: 0  pos:0 ino:c8 sdev:8\n");
	ok(!stalls("QUIC"), "both are read");
	world_close(&world);
	desk_text(worker, "fdinfo/9", "pos: 0\n");
	ok(!stalls("QUIC"), "where readers are not shown it is not told");
	done();
}

/* A master that has had QUIT keeps the sockets of QUIC, and one for syslog. */
static void quitting_with_datagrams(void)
{
	static const unsigned syslog[][3] = {{300, 40000, 514}};
	static const unsigned quic[][3] = {{301, 443, 0}};

	two_generations();
	old->socket = 0;
	desk.list[1].title = desk.list[2].title = LEAVING_TITLE;
	desk_write();
	holds(old, "fd/7", 300);
	desk_text(old->pid, "net/udp", sockets_text("udp", syslog, 1));
	ok(find_world(), "a world");
	same_number(observe(&world, &facts), 0, "a socket for syslog is open");
	ok(facts.closing, "the old master has had QUIT");
	world_close(&world);
	desk_text(old->pid, "net/udp", sockets_text("udp", quic, 1));
	holds(old, "fd/7", 301);
	ok(find_world(), "a world");
	same_number(observe(&world, &facts), 0, "a socket of QUIC is open");
	ok(facts.closing, "the old master has had QUIT: the new one has TCP");
	done();

	one_generation();
	old->socket = 0;
	desk_write();
	holds(old, "fd/7", 301);
	desk_text(old->pid, "net/udp", sockets_text("udp", quic, 1));
	ok(find_world(), "a world");
	same_number(observe(&world, &facts), 0, "a master with UDP alone");
	ok(!facts.quitting, "serves");
	desk.list[1].title = desk.list[2].title = LEAVING_TITLE;
	desk_write();
	holds(old, "fd/7", 301);
	desk_text(old->pid, "net/udp", sockets_text("udp", quic, 1));
	same_number(observe(&world, &facts), 0, "its workers leave, and read no UDP");
	ok(!facts.quitting, "they had WINCH");
	desk_folder(desk.list[1].pid, "fdinfo");
	desk_link(desk.list[1].pid, "fd/9", "anon_inode:[eventpoll]");
	desk_text(desk.list[1].pid, "fdinfo/9",
		  "tfd: 7 events: 19 data: 0  pos:0 ino:12d sdev:8\n");
	same_number(observe(&world, &facts), 0, "they read QUIC to the end");
	ok(facts.quitting, "the master has had QUIT");
	done();
}

int main(void)
{
	desk_open();
	left_to_nobody();
	read_by_nobody();
	quitting_with_datagrams();
	desk_close();
	return tap_end();
}
