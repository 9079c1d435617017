/* Steering, by the kernel: sockets of two generations in one group, and who of them gets what. */
#include <poll.h>

#include "nginx/quic_steer_program.h"
#include "os/bpf.h"
#include "steer_fixture.h"

enum { PATIENCE_MS = 1000 };

static struct subject old_master;
static const char *address;
static unsigned port;
static int old[OLD_SOCKETS];
static uint64_t cookies[OLD_SOCKETS];
static struct generation fresh;
static bool fresh_runs;
static int own_map; /* stands for nginx's; -1: quic_bpf off */
static uint32_t own_id;

static int attach(struct quic_steer *ret)
{
	const pid_t self = getpid();
	int flows = quic_steer_prepare();
	int r = quic_steer_attach(&old_master, &self, 1, flows, ret);

	ok(flows >= 0, "the map of flows is made before");
	same_number(close(flows), 0, "which stays the caller's");
	return r;
}

static int to_new(struct quic_steer *ret)
{
	return quic_steer_switch(&old_master, &fresh.master, &fresh.worker, 1, QUIC_STEER_NEW, ret);
}

/* Takes the new generation's sockets for a moment: what the old master holds would be its own. */
static int who_of_fresh_got(bool own)
{
	struct quic_taken taken;
	size_t i;
	int fds[NEW_SOCKETS];
	int count = 0;
	int got;

	must(quic_take(&fresh.master, NULL, 0, &taken) == 0, "quic_take");
	for (i = 0; i < taken.count; i++) {
		struct quic_socket *s = &taken.list[i];
		uint64_t fd = (uint64_t)s->fd;
		int k;

		for (k = 0; k < OLD_SOCKETS && cookies[k] != s->cookie; k++)
			continue;
		if (k < OLD_SOCKETS || s->udp.port != port)
			continue;
		must(count < NEW_SOCKETS, "more new sockets than there are");
		fds[count++] = s->fd;
		must(!own || bpf_map_update(own_map, &s->cookie, &fd) == 0, "bpf_map_update");
	}
	must(count == NEW_SOCKETS, "new sockets");
	got = who_got(fds, count);
	quic_taken_free(&taken);
	return got;
}

/* On a slow machine it takes a moment until it is there. */
static void goes_to(bool is_new, const char *what)
{
	int in_old = -1;
	int in_new = -1;
	int i;

	for (i = 0; i < PATIENCE_MS && in_old < 0 && in_new < 0; i++) {
		if (i)
			(void)poll(NULL, 0, 1);
		in_old = who_got(old, OLD_SOCKETS);
		in_new = fresh_runs ? who_of_fresh_got(false) : -1;
	}
	ok(is_new ? in_new >= 0 && in_old < 0 : in_old >= 0 && in_new < 0, what);
}

static void begins(uint64_t id, unsigned length, bool is_new, const char *what)
{
	struct client c = client_of(address, port);

	client_begins(&c, id, length);
	goes_to(is_new, what);
	client_begins(&c, id, length);
	goes_to(is_new, "and says it again");
	client_goes_on(&c, 0x7777777777777777ULL);
	goes_to(is_new, "and goes on by an id that nobody knows");
	(void)close(c.fd);
}

static uint32_t program_of_own_map(void)
{
	struct bpf_program program;
	struct bpf_map map;
	uint32_t id = 0;
	uint32_t found = 0;

	must(bpf_map_look(own_map, &map) == 0, "bpf_map_look");
	while (bpf_program_next(id, &id) == 0) {
		int fd = bpf_program_open(id);

		if (fd < 0)
			continue;
		if (bpf_program_look(fd, &program) == 0 && program.map_count == 1 &&
		    program.maps[0] == map.id)
			found = id;
		(void)close(fd);
	}
	return found;
}

/* As quic_bpf does it; its own program is not held. */
static void give_own(void)
{
	struct bpf_map map = {.type = BPF_MAP_SOCKHASH, .key_size = 8, .value_size = 8};
	int program, i;

	map.entries = 4 * OLD_SOCKETS;
	own_map = bpf_map_create(&map);
	must(own_map >= 0, "bpf_map_create");
	for (i = 0; i < OLD_SOCKETS; i++) {
		uint64_t fd = (uint64_t)old[i];

		must(bpf_map_update(own_map, &cookies[i], &fd) == 0, "bpf_map_update");
	}
	program = steer_by_id_make(own_map);
	must(program >= 0 && steer_socket_attach(old[0], program) == 0, "nginx's own program");
	(void)close(program);
	own_id = program_of_own_map();
}

static void open_old(const char *ip, bool own)
{
	int i;

	address = ip;
	own_map = -1;
	port = 0;
	(void)close(inet_socket(strchr(ip, ':') ? AF_INET6 : AF_INET, SOCK_DGRAM, ip, &port));
	for (i = 0; i < OLD_SOCKETS; i++) {
		old[i] = quic_socket(ip, port);
		watch(epoll_set, old[i]);
		must(socket_cookie(old[i], &cookies[i]) == 0, "socket_cookie");
	}
	if (own)
		give_own();
}

static void close_old(void)
{
	int i;

	for (i = 0; i < OLD_SOCKETS; i++)
		(void)close(old[i]);
	if (own_map >= 0)
		(void)close(own_map);
}

static void start_fresh(void)
{
	fresh = generation_start(address, port);
	fresh_runs = true;
	/* nginx does it at its start */
	(void)who_of_fresh_got(own_map >= 0);
}

static void end_fresh(void)
{
	fresh_runs = false;
	generation_end(&fresh);
}

static void open_connections(const char *what)
{
	struct client c = client_of(address, port);
	int i, k;

	for (i = 0; i < OLD_SOCKETS; i++) {
		int got = -1;

		client_goes_on(&c, cookies[i]);
		for (k = 0; k < PATIENCE_MS && got < 0; k++) {
			if (k)
				(void)poll(NULL, 0, 1);
			got = who_got(old, OLD_SOCKETS);
		}
		same_number(got, i, what);
	}
	(void)close(c.fd);
}

static void looks(enum quic_steer_to to, const char *what)
{
	struct quic_steer s;

	same_number(quic_steer_look(&old_master, fresh_runs ? &fresh.master : NULL, &s), 0, what);
	same_number(s.to, to, what);
	same_number(s.groups, to == QUIC_STEER_NONE ? 0 : 1, "groups");
}

static void is_over(const char *what)
{
	looks(QUIC_STEER_NONE, what);
	if (own_map >= 0)
		same_number(program_of_own_map(), own_id, "nginx's own program is back");
}

/* A whole handover, and then one that is undone. */
static void handover(const char *ip, bool own, bool undo)
{
	struct quic_steer s;
	struct client early;

	printf("# %s, quic_bpf %s, %s\n", ip, own ? "on" : "off", undo ? "undone" : "forward");
	open_old(ip, own);
	looks(QUIC_STEER_NONE, "nothing is attached");
	same_number(attach(&s), 0, "attached");
	same_number(s.groups, 1, "one group");
	same_text(s.step, "", "no step failed");
	looks(QUIC_STEER_OLD, "to the old generation");
	same_number(attach(&s), -EALREADY, "not twice");
	open_connections("an open connection");
	early = client_of(address, port);
	client_begins(&early, 0x1111, 8);
	goes_to(false, "begun before the switch");
	start_fresh();
	looks(QUIC_STEER_OLD, "the new ones are not read yet");
	same_number(to_new(&s), -EAGAIN, "no switch before they are");
	begins(0x2222, 8, false, "new before the switch");
	generation_reads(&fresh);
	looks(QUIC_STEER_OLD, "now they are read");
	begins(0x2233, 20, false, "new, an id as long as nginx's");
	same_number(to_new(&s), 0, "switched");
	same_number(steered_to_new(&old_master, &fresh.master), NEW_SOCKETS, "with all of them");
	looks(QUIC_STEER_NEW, "to the new generation");
	open_connections("an open connection after the switch");
	client_begins(&early, 0x1111, 8);
	goes_to(false, "begun before, said again");
	client_begins(&early, 0x1112, 8);
	goes_to(true, "another connection of that client");
	begins(0x3333, 8, true, "new");
	begins(0x4444, 18, true, "new, a longer id");
	begins(0x5555, 20, true, "new, an id as long as nginx's");
	if (undo) {
		same_number(
			quic_steer_switch(&old_master, &fresh.master, NULL, 0, QUIC_STEER_BACK, &s),
			0, "switched back");
		looks(QUIC_STEER_BACK, "back");
		begins(0x6666, 8, false, "new");
		client_goes_on(&early, 0x6677);
		goes_to(true, "one of the new generation stays");
		end_fresh();
		client_goes_on(&early, 0x6677);
		goes_to(false, "when that has gone there are others");
	}
	same_number(quic_steer_detach(&old_master, &s), 0, "detached");
	same_number(s.groups, 1, "from one group");
	is_over("nothing is left");
	if (!undo)
		end_fresh();
	open_connections("an open connection at the end");
	(void)close(early.fd);
	close_old();
}

/* The run that attached has died, and nginx's own program with it. */
static void killed(bool own)
{
	const pid_t worker = getpid();
	struct quic_steer s;
	pid_t run;
	int status = 0;

	open_old("127.0.0.1", own);
	must(fflush(stdout) == 0, "fflush");
	run = fork();
	if (run == 0)
		_exit(quic_steer_attach(&old_master, &worker, 1, -1, &s) == 0 ? 0 : 1);
	must(run > 0 && waitpid(run, &status, 0) == run, "fork");
	same_number(status, 0, "another run attached");
	looks(QUIC_STEER_OLD, "and is dead");
	same_number(quic_steer_detach(&old_master, &s), 0, "detached");
	if (own) {
		ok(own_id != program_of_own_map(), "nginx's own program has gone");
		own_id = program_of_own_map();
		ok(own_id != 0, "and another one does what it did");
		open_connections("an open connection");
	}
	is_over("nothing is left");
	same_number(attach(&s), 0, "and again");
	same_number(quic_steer_detach(&old_master, &s), 0, "detached");
	is_over("nothing is left");
	close_old();
}

/* Lets the kernel choose; but it has that map. */
static int others_program(int map)
{
	const unsigned char load_map = 0x18, move = 0xb7, leave = 0x95;
	unsigned char code[4][8];

	memset(code, 0, sizeof(code));
	code[0][0] = load_map;
	code[0][1] = 0x11;
	memcpy(&code[0][4], &map, 4);
	code[2][0] = move;
	code[2][4] = 1;
	code[3][0] = leave;
	return bpf_program_load(BPF_PROGRAM_REUSEPORT, "another", "MIT", code, 4, NULL, 0);
}

static void refused(void)
{
	struct quic_steer s;
	struct bpf_map map = {.type = BPF_MAP_SOCKHASH, .key_size = 8, .value_size = 8};
	int one = 0;
	int other, program;

	same_number(attach(&s), -ENOENT, "no socket at all");
	port = 0;
	other = inet_socket(AF_INET, SOCK_DGRAM, "127.0.0.1", &port);
	watch(epoll_set, other);
	same_number(attach(&s), -ENOENT, "one that is not QUIC's");
	(void)close(other);
	other = quic_socket("127.0.0.1", port);
	watch(epoll_set, other);
	must(setsockopt(other, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) == 0, "setsockopt");
	same_number(attach(&s), -ENOTSUP, "one without a group");
	(void)close(other);
	open_old("127.0.0.1", false);
	map.entries = 4;
	other = bpf_map_create(&map);
	must(other >= 0, "bpf_map_create");
	must(bpf_map_update(other, &cookies[1], &(uint64_t){(uint64_t)old[1]}) == 0, "update");
	program = others_program(other);
	must(program >= 0 && steer_socket_attach(old[1], program) == 0, "another's program");
	(void)close(program);
	(void)close(other);
	same_number(attach(&s), -EBUSY, "another's program routes them");
	looks(QUIC_STEER_NONE, "nothing is attached");
	must(steer_socket_detach(old[0]) == 0, "detach");
	same_number(attach(&s), 0, "it has gone");
	same_number(quic_steer_detach(&old_master, &s), 0, "detached");
	close_old();
}

static void several(void)
{
	struct quic_steer s;
	int four, six;
	char where[QUIC_WHERE_SIZE];

	open_old("127.0.0.1", false);
	four = quic_socket("127.0.0.2", port);
	six = quic_socket("::1", port);
	watch(epoll_set, four);
	watch(epoll_set, six);
	same_number(attach(&s), 0, "attached");
	same_number(s.groups, 3, "three addresses");
	(void)snprintf(where, sizeof(where), "127.0.0.1:%u, 127.0.0.2:%u, [::1]:%u", port, port,
		       port);
	same_text(s.where, where, "where");
	same_number(quic_steer_detach(&old_master, &s), 0, "detached");
	same_number(s.groups, 3, "three addresses");
	looks(QUIC_STEER_NONE, "nothing is left");
	(void)close(four);
	(void)close(six);
	close_old();
}

int main(void)
{
	struct quic_steer s;
	int flows = steer_flows_make();
	int kind;

	old_master = subject_of(getpid());
	epoll_set = epoll_create1(EPOLL_CLOEXEC);
	if (flows < 0) {
		printf("# %s\n", quic_steer_built() ? "not allowed here, or not on this kernel"
						    : "built without it");
		same_number(attach(&s), quic_steer_built() ? flows : -ENOSYS, "refused");
		return tap_end();
	}
	(void)close(flows);
	for (kind = 0; kind < 4; kind++)
		handover("127.0.0.1", kind / 2, kind % 2);
	handover("::1", false, false);
	handover("::1", true, true);
	handover("0.0.0.0", true, false);
	handover("::", false, true);
	killed(false);
	killed(true);
	refused();
	several();
	return tap_end();
}
