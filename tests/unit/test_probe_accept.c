/* The built-in probe: a master (this test, which has the sockets) and workers that it has forked.
 */
#include <sched.h>
#include <signal.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "nginx/probe_accept.h"
#include "sockets_fixture.h"

enum { FDS = 6, LIMIT_US = 200000 };

/* What a worker does with the sockets that it reads. */
enum work { ACCEPTS, HANGS, CLOSES };

struct generation {
	int fds[FDS];
	size_t fd_count;
	pid_t workers[FDS];
	size_t count;
	size_t old; /* the first of them are the old generation's */
};

static struct generation g;
static struct accept_probe probe;
static struct accept_config config;
static struct probe_text text;
static unsigned looks; /* at a connection whose acceptor was not found */

static void serve(const int *fds, size_t count, enum work work, int ready)
	__attribute__((noreturn));

static void serve(const int *fds, size_t count, enum work work, int ready)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event none = {.events = 0};
	size_t i;

	(void)epoll_ctl(epoll, EPOLL_CTL_ADD, ready, &none); /* as nginx has its channel in there */
	for (i = 0; i < count; i++) {
		struct epoll_event event = {.events = EPOLLIN};

		event.data.fd = fds[i];
		(void)epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event);
	}
	(void)!write(ready, "", 1);
	for (;;) {
		struct epoll_event event;
		int fd;

		if (work == HANGS)
			(void)pause();
		if (epoll_wait(epoll, &event, 1, -1) < 1)
			continue;
		fd = accept(event.data.fd, NULL, NULL);
		if (fd >= 0 && work == CLOSES)
			(void)close(fd);
	}
}

/* Reads count sockets of g, from the first on. */
static pid_t worker(size_t first, size_t count, enum work work)
{
	int ready[2];
	char letter;
	pid_t pid;

	must(pipe(ready) == 0, "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0)
		serve(g.fds + first, count, work, ready[1]);
	must(read(ready[0], &letter, 1) == 1, "a worker");
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static void work(size_t first, size_t count, enum work kind)
{
	g.workers[g.count++] = worker(first, count, kind);
}

static unsigned listens(int type, unsigned port)
{
	must(g.fd_count < FDS, "room");
	g.fds[g.fd_count++] = inet_socket(AF_INET, type, "127.0.0.1", &port);
	return port;
}

/* As a configuration names it. */
static void named(unsigned port, bool http)
{
	char address[32];

	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	must(addresses_add(&config.named, address) == 0 &&
		     (!http || addresses_add(&config.http, address) == 0),
	     "config");
}

static void note_old(void)
{
	must(accept_probe_note_old(&probe, getpid(), g.workers, g.count) == 0, "the old one");
}

static enum probe_state run(void)
{
	static const struct believed believed;
	const struct acceptors by = {g.workers + g.old, g.count - g.old, g.workers, g.old};
	enum probe_state state = PROBE_GOING;
	struct subject master;
	size_t i;

	looks = 0;
	memset(&master, 0, sizeof(master));
	master.process.pid = getpid();
	text.text[0] = '\0';
	probe.config = &config;
	probe.limit_us = LIMIT_US;
	must(accept_probe_begin(&probe, getpid(), &master, &believed) == 0, "begin");
	while (state == PROBE_GOING) {
		state = accept_probe_step(&probe, &by, &text);
		for (i = 0; i < probe.connect.going; i++)
			looks += probe.connect.list[i].looks;
		(void)sched_yield();
	}
	return state;
}

static void lay_off(void)
{
	g.old = 0;
	while (g.count) {
		(void)kill(g.workers[--g.count], SIGKILL);
		(void)waitpid(g.workers[g.count], NULL, 0);
	}
}

static void anew(void)
{
	lay_off();
	while (g.fd_count)
		(void)close(g.fds[--g.fd_count]);
	accept_probe_free(&probe);
	accept_config_free(&config);
	memset(&probe, 0, sizeof(probe));
}

static void said(const char *part)
{
	ok(strstr(text.text, part) != NULL, part);
	tap_line("# ", text.text);
}

static void passes(void)
{
	anew();
	named(listens(SOCK_STREAM, 0), true);
	named(listens(SOCK_STREAM, 0), false);
	work(0, 2, ACCEPTS);
	work(0, 2, ACCEPTS);
	same_number(run(), PROBE_PASSED, "two sockets that are read, one of HTTP");
	said("2 of 2 sockets are read, 1 of 1 addresses of HTTP have accepted");
	same_number((long long)probe.connect.going, 0, "no connection is left");
}

static void unread(void)
{
	anew();
	(void)listens(SOCK_STREAM, 0);
	(void)listens(SOCK_STREAM, 0);
	work(0, 1, ACCEPTS);
	same_number(run(), PROBE_FAILED, "one is read by nobody");
	said("(1 of 2 sockets are read by none)");
	work(1, 1, ACCEPTS);
	same_number(run(), PROBE_PASSED, "by another worker is good enough");
}

static void hangs(void)
{
	anew();
	named(listens(SOCK_STREAM, 0), true);
	work(0, 1, HANGS);
	same_number(run(), PROBE_FAILED, "it is read, and connections are not accepted");
	said("was accepted by nobody in 200.0 ms");
	work(0, 1, ACCEPTS);
	same_number(run(), PROBE_PASSED,
		    "where another takes them all a worker that hangs is not seen");
}

static void shared(void)
{
	unsigned port;

	anew();
	port = listens(SOCK_STREAM, 0);
	(void)listens(SOCK_STREAM, port);
	named(port, true);
	work(0, 1, ACCEPTS);
	work(1, 1, ACCEPTS);
	same_number(run(), PROBE_PASSED, "reuseport");
	same_number((long long)probe.connect.places[0].by.count, 2, "each worker has accepted");
	lay_off();
	work(0, 1, ACCEPTS);
	work(1, 1, HANGS);
	same_number(run(), PROBE_FAILED, "one of two sockets is served by nobody");
	said("was accepted by nobody");
	lay_off();
	work(0, 1, ACCEPTS);
	same_number(run(), PROBE_FAILED, "one of two sockets is read by nobody");
	note_old();
	same_number(run(), PROBE_PASSED, "it was read by nobody before either");
}

static void missing(void)
{
	unsigned port;

	anew();
	(void)listens(SOCK_STREAM, 0);
	port = listens(SOCK_STREAM, 0);
	work(0, 2, ACCEPTS);
	note_old();
	(void)close(g.fds[--g.fd_count]);
	same_number(run(), PROBE_PASSED, "an address that the configuration does not name");
	named(port, false);
	same_number(run(), PROBE_FAILED, "one that it still names");
	said("the new master does not listen on 127.0.0.1:");
	g.fds[g.fd_count++] = inet_socket(AF_INET6, SOCK_STREAM, "::", &port);
	work(1, 1, ACCEPTS);
	same_number(run(), PROBE_PASSED, "a wildcard stands for it");
}

static void datagrams(void)
{
	unsigned port;

	anew();
	port = listens(SOCK_DGRAM, 0);
	(void)listens(SOCK_DGRAM, port);
	work(0, 2, HANGS);
	note_old();
	same_number(run(), PROBE_PASSED, "UDP that is read");
	lay_off();
	work(1, 1, HANGS);
	same_number(run(), PROBE_PASSED, "of an address one socket is enough: QUIC leaves some");
	lay_off();
	work(0, 0, HANGS);
	same_number(run(), PROBE_FAILED, "none is too few");
	said("/udp");
	note_old();
	same_number(run(), PROBE_PASSED, "none, as before");
}

/* As in a handover in which the old workers go on accepting for a while. */
static void both(void)
{
	anew();
	named(listens(SOCK_STREAM, 0), true);
	work(0, 1, ACCEPTS);
	work(0, 1, HANGS);
	g.old = 1;
	same_number(run(), PROBE_PASSED, "accepted by the old generation");
	said("0 of 1 addresses");
	same_number(looks, 0, "which is found by one look");
	work(0, 1, ACCEPTS);
	(void)kill(g.workers[0], SIGSTOP);
	same_number(run(), PROBE_PASSED, "accepted by the new one, beside it");
	said("1 of 1 addresses");
}

/* What cannot be told is no failure. */
static void untold(void)
{
	unsigned port;
	pid_t other;
	int one = 1;
	int foreign;

	anew();
	named(listens(SOCK_STREAM, 0), true);
	work(0, 1, CLOSES);
	same_number(run(), PROBE_PASSED, "accepted and closed at once");
	said("who accepts on the others is not known");

	lay_off();
	other = worker(0, 1, ACCEPTS);
	work(0, 1, HANGS);
	same_number(run(), PROBE_PASSED, "accepted by another than its workers");
	said("0 of 1 addresses");
	ok(looks > 0, "which more than one look must show");
	(void)kill(other, SIGKILL);
	(void)waitpid(other, NULL, 0);

	lay_off();
	must(setsockopt(g.fds[0], IPPROTO_TCP, TCP_DEFER_ACCEPT, &one, sizeof(one)) == 0, "defer");
	work(0, 1, ACCEPTS);
	same_number(run(), PROBE_PASSED, "data must come first");

	anew();
	port = listens(SOCK_STREAM, 0);
	named(port, true);
	work(0, 1, ACCEPTS);
	other = fork();
	must(other >= 0, "fork");
	if (other == 0) {
		foreign = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &port);
		(void)!write(foreign, "", 1);
		for (;;)
			(void)pause();
	}
	while (run() == PROBE_PASSED && !probe.now.list[0].others)
		(void)sched_yield();
	same_number(run(), PROBE_PASSED, "others listen there, too, and accept nothing");
	(void)kill(other, SIGKILL);
	(void)waitpid(other, NULL, 0);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	passes();
	unread();
	hangs();
	shared();
	missing();
	datagrams();
	both();
	untold();
	anew();
	return tap_end();
}
