/*
 * Two generations for the tests of steering: this process is the old master and its worker in one;
 * the new master is a child, and has a child that reads. All have real sockets of one address, and
 * datagrams are as clients of QUIC send them.
 */
#ifndef STEER_FIXTURE_H
#define STEER_FIXTURE_H

#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "nginx/quic_steer.h"
#include "nginx/quic_steer_found.h"
#include "nginx/quic_steer_program.h"
#include "nginx/quic_taken.h"
#include "os/file_id.h"
#include "os/foreign_socket.h"
#include "sockets_fixture.h"

enum { OLD_SOCKETS = 3, NEW_SOCKETS = 2 };

static int epoll_set;

static inline int quic_socket(const char *ip, unsigned port)
{
	const bool six = strchr(ip, ':') != NULL;
	int whole = IP_PMTUDISC_DO;
	int fd = inet_socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, ip, &port);

	must(setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
			six ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &whole, sizeof(whole)) == 0,
	     "setsockopt");
	return fd;
}

static inline void watch(int set, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	must(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static inline struct subject subject_of(pid_t pid)
{
	struct subject s = subject_none();
	char exe[64];

	(void)snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)pid);
	must(process_open(pid, &s.process) == 0 && file_id_of(exe, &s.image_id) == 0, "subject");
	s.uid = geteuid();
	return s;
}

/* ---- the new generation ---- */

struct generation {
	pid_t pid;
	pid_t worker;
	int word; /* what it is told */
	int said;
	struct subject master;
};

/* The worker reads once it has a word, and both end with us. */
static inline void __attribute__((noreturn))
play_generation(const char *ip, unsigned port, int word, int said)
{
	int fds[NEW_SOCKETS];
	char byte;
	pid_t worker;
	int i, set;

	(void)close(epoll_set);
	for (i = 0; i < NEW_SOCKETS; i++)
		fds[i] = quic_socket(ip, port);
	worker = fork();
	if (worker == 0) {
		set = epoll_create1(EPOLL_CLOEXEC);
		watch(set, quic_socket(ip, port + 1)); /* it has one */
		worker = getpid();
		if (write(said, &worker, sizeof(worker)) != (ssize_t)sizeof(worker) ||
		    read(word, &byte, 1) != 1)
			_exit(0);
		for (i = 0; i < NEW_SOCKETS; i++)
			watch(set, fds[i]);
		if (write(said, "x", 1) != 1)
			_exit(0);
		while (read(word, &byte, 1) == 1)
			;
		_exit(0);
	}
	while (waitpid(worker, NULL, 0) < 0)
		;
	_exit(0);
}

static inline void generation_said(const struct generation *g)
{
	char byte;

	must(read(g->said, &byte, 1) == 1, "a word of the new generation");
}

static inline struct generation generation_start(const char *ip, unsigned port)
{
	struct generation g;
	int word[2];
	int said[2];

	must(fflush(stdout) == 0 && pipe(word) == 0 && pipe(said) == 0, "pipe");
	g.pid = fork();
	must(g.pid >= 0, "fork");
	if (g.pid == 0) {
		(void)close(word[1]);
		(void)close(said[0]);
		play_generation(ip, port, word[0], said[1]);
	}
	(void)close(word[0]);
	(void)close(said[1]);
	g.word = word[1];
	g.said = said[0];
	must(read(g.said, &g.worker, sizeof(g.worker)) == (ssize_t)sizeof(g.worker),
	     "the new generation");
	g.master = subject_of(g.pid);
	return g;
}

static inline void generation_reads(const struct generation *g)
{
	must(write(g->word, "x", 1) == 1, "a word");
	generation_said(g);
}

static inline void generation_end(struct generation *g)
{
	(void)kill(g->worker, SIGKILL);
	(void)waitpid(g->pid, NULL, 0);
	(void)close(g->word);
	(void)close(g->said);
	process_close(&g->master.process);
}

/* ---- clients ---- */

struct client {
	int fd;
	bool six;
	unsigned port; /* of the server */
};

static inline struct client client_of(const char *ip, unsigned port)
{
	struct client c = {.six = strchr(ip, ':') != NULL, .port = port};

	c.fd = socket(c.six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(c.fd >= 0, "socket");
	return c;
}

static inline void client_sends(const struct client *c, const unsigned char *data, size_t size)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)c->port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const struct sockaddr *to =
		c->six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(sendto(c->fd, data, size, 0, to, c->six ? sizeof(six) : sizeof(four)) == (ssize_t)size,
	     "sendto");
}

/* An Initial with an id of `length` bytes that begins with `id`. */
static inline void client_begins(const struct client *c, uint64_t id, unsigned length)
{
	unsigned char data[128] = {0xc0, 0, 0, 0, 1};
	int i;

	data[5] = (unsigned char)length;
	for (i = 0; i < 8; i++)
		data[6 + i] = (unsigned char)(id >> (56 - 8 * i));
	client_sends(c, data, sizeof(data));
}

/* In an open connection: its id is the server's. */
static inline void client_goes_on(const struct client *c, uint64_t id)
{
	unsigned char data[40] = {0x40};
	int i;

	for (i = 0; i < 8; i++)
		data[1 + i] = (unsigned char)(id >> (56 - 8 * i));
	client_sends(c, data, sizeof(data));
}

/* Which of those got something: its index, -1: none yet. */
static inline int who_got(const int *fds, int count)
{
	char data[256];
	int i;
	int got = -1;

	for (i = 0; i < count; i++) {
		while (recv(fds[i], data, sizeof(data), MSG_DONTWAIT) >= 0)
			got = i;
	}
	return got;
}

/* How many sockets of the new generation the programs know. */
static inline unsigned steered_to_new(const struct subject *old_master,
				      const struct subject *new_master)
{
	struct steer_found found;
	unsigned count = 0;
	size_t i;

	must(steer_find(old_master, new_master, &found) == 0, "steer_find");
	for (i = 0; i < found.count; i++)
		count += found.list[i].value.new_count;
	steer_found_free(&found);
	return count;
}

#endif
