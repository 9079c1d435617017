/*
 * The clients that processes of nginx have, counted by their sockets: who would lose a connection
 * if they ended now.
 *
 *	clients_init -> clients_count, clients_add ... -> clients_free
 *
 * What the kernel shows has bounds. Whether a connection has a request in flight cannot be seen,
 * nor whether it was upgraded (a websocket). A worker that was told to leave has closed the idle
 * ones (nginx: ngx_close_idle_connections), and those which it still has are in use. One that was
 * not told has idle ones among them. Clients of HTTP/3 share the socket that listens, and can't be
 * counted.
 */
#ifndef NGINX_CLIENTS_H
#define NGINX_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/socket_holders.h"
#include "os/sockets.h"

/* One of them, as the kernel shows it: its port is the one that nginx listens on. */
struct client {
	bool known;
	struct socket_row row;
};

struct clients {
	bool ask_oldest;  /* before clients_count(): which one is the oldest */
	unsigned tcp;     /* connections */
	unsigned local;   /* connections to a unix socket */
	unsigned udp;     /* sessions of the stream module: each has a socket to a server behind */
	unsigned behind;  /* the processes' own connections to servers behind them */
	unsigned waiting; /* connections that nobody has accepted */
	bool uncounted;   /* they read UDP on a port that has TCP, too: HTTP/3, maybe */
	int error;        /* the first -errno: there may be more than were counted; 0: none */
	struct client oldest;  /* of TCP, by row.age_us; else any one of a unix socket */
	struct inodes sockets; /* all that were counted here, so that none is counted twice */
};

void clients_init(struct clients *c);
void clients_free(struct clients *c);

/* How many there are for sure. */
unsigned clients_sum(const struct clients *c);

/* Whether there are any, or may be. */
bool clients_any(const struct clients *c);

/*
 * Adds the clients of these processes, but for those that stand in `known` already (NULL: nobody
 * does). What a master has open, too, is none: nginx's channels, a socket for syslog; masters[] may
 * hold 0. What cannot be looked at is told in ret->error; a process that has gone has no clients.
 */
void clients_count(const pid_t *pids, size_t count, const pid_t masters[2],
		   const struct inodes *known, struct clients *ret);

/* Adds the connections that wait at listening sockets which `master` has and `heir` (0: nobody) has
 * not: with the last of those who have it open they are reset. */
void clients_waiting(pid_t master, pid_t heir, struct clients *ret);

/* "203.0.113.9:51234", "[2001:db8::1]:443", "unix:/run/nginx.sock"; "" where none is known. An IPv4
 * address that a socket of IPv6 has is shown as IPv4. Returns ret; CLIENT_TEXT bytes are enough. */
#define CLIENT_TEXT 128
const char *client_peer(const struct client *c, char *ret, size_t size);

/* Adds all of *c to *sum. */
void clients_add(struct clients *sum, const struct clients *c);

#endif
