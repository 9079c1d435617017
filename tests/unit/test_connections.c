/*
 * Whose clients are whose, by sockets of processes that stand for masters and workers: each keeps
 * but those that it is given.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "nginx/connections.h"
#include "os/procfs.h"
#include "sockets_fixture.h"

enum { HELD_MAX = 4 };

static pid_t started[16];
static size_t started_count;

/* A process that has these descriptors (-1: none) and no other socket; they are closed here. */
static pid_t holder(int a, int b, int c, int d)
{
	const int fds[HELD_MAX] = {a, b, c, d};
	pid_t parent = getpid();
	int ready[2];
	char byte;
	pid_t pid;
	int i;

	must(pipe(ready) == 0, "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		for (i = 3; i < 256; i++) {
			if (i != ready[1] && i != a && i != b && i != c && i != d)
				(void)close(i);
		}
		(void)close(ready[1]);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	must(read(ready[0], &byte, 1) == 0, "a process");
	(void)close(ready[0]);
	for (i = 0; i < HELD_MAX; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
	started[started_count++] = pid;
	return pid;
}

static void end_all(void)
{
	for (; started_count; started_count--) {
		(void)kill(started[started_count - 1], SIGKILL);
		(void)waitpid(started[started_count - 1], NULL, 0);
	}
}

/* On a port of those that are not given to connections which are made here. */
static int listener(unsigned *port)
{
	if (*port)
		return inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", port);
	for (*port = 20001; *port < 20200; ++*port) {
		struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		bool is_free;

		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		is_free = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
		(void)close(fd);
		if (is_free)
			return inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", port);
	}
	must(false, "a port");
	return -1;
}

/* The client's end stays open here, in nobody's way. */
static int accepted(int listens, unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(connect(client, (struct sockaddr *)&a, sizeof(a)) == 0, "connect");
	fd = accept(listens, NULL, NULL);
	must(fd >= 0, "accept");
	return fd;
}

static int accepted_unix(int listens, const struct sockaddr_un *a)
{
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd;

	must(connect(client, (const struct sockaddr *)a, sizeof(*a)) == 0, "connect");
	fd = accept(listens, NULL, NULL);
	must(fd >= 0, "accept");
	return fd;
}

/* One generation, asked or not. */
static long clients(pid_t master, pid_t worker, bool ask)
{
	pid_t workers[] = {worker};
	struct connections_of of = {master, workers, 1, ask, 77};
	int r = connections_count(&of, 1);

	return r < 0 ? r : (long)of.clients;
}

static void one_generation(void)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	unsigned port = 0;
	unsigned other_port = 0;
	int listens = listener(&port);
	int other = listener(&other_port);
	int by_path = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int behind = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)other_port)};
	int at_other;
	pid_t master, worker;

	(void)snprintf(local.sun_path, sizeof(local.sun_path), "%.100s", folder_path("socket"));
	must(bind(by_path, (struct sockaddr *)&local, sizeof(local)) == 0 &&
		     listen(by_path, 8) == 0,
	     local.sun_path);
	/* A server behind it, which is another program. */
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(connect(behind, (struct sockaddr *)&a, sizeof(a)) == 0, "connect");
	at_other = accept(other, NULL, NULL);
	(void)holder(other, at_other, -1, -1);
	worker = holder(accepted(listens, port), accepted(listens, port),
			accepted_unix(by_path, &local), behind);
	master = holder(listens, by_path, -1, -1);
	same_number(clients(master, worker, false), 3, "by the addresses: three");
	same_number(clients(master, worker, true), 3, "by asking: likewise");
	same_number(clients(master, getpid(), false), 3, "the worker was not asked");
	same_number(clients(master, getpid(), true), 0, "now it was");
	end_all();
	ok(clients(master, worker, false) < 0, "of nobody");
}

static void neighbours(void)
{
	unsigned port = 0;
	int listens = listener(&port);
	int first = accepted(listens, port);
	int own = accepted(listens, port);
	int next = listener(&port); /* reuseport */
	pid_t worker = holder(own, -1, -1, -1);
	pid_t master = holder(listens, -1, -1, -1);

	(void)holder(next, first, -1, -1);
	same_number(clients(master, worker, false), 1, "another listens there: its client is its");
	end_all();
}

static void two_generations(void)
{
	unsigned port = 0;
	unsigned gone = 0;
	int listens = listener(&port);
	int closed = listener(&gone);
	pid_t old = holder(accepted(listens, port), accepted(closed, gone), -1, -1);
	pid_t new = holder(accepted(listens, port), -1, -1, -1);
	pid_t new_master = holder(dup(listens), -1, -1, -1);
	pid_t old_master = holder(listens, -1, -1, -1);
	struct connections_of of[] = {
		{old_master, &old, 1, true, 0},
		{new_master, &new, 1, false, 0},
	};

	(void)close(closed);
	same_number(connections_count(of, 2), 0, "two generations");
	same_number(of[0].clients, 2, "the old one's, of an address that is closed, too");
	same_number(of[1].clients, 1, "the new one's is the rest");
	of[1].ask = true;
	same_number(connections_count(of, 2), 0, "both are asked");
	same_number(of[0].clients * 10 + of[1].clients, 21, "the same");
	end_all();
}

int main(void)
{
	folder_open();
	one_generation();
	neighbours();
	two_generations();
	folder_close();
	return tap_end();
}
