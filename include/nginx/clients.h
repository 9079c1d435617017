/*
 * Counts the clients of nginx processes by their sockets: those that would lose a connection if the
 * processes ended now.
 *
 *	clients_init -> clients_count, clients_add ... -> clients_free
 *
 * The kernel does not show whether a connection has a request in flight, or whether it was upgraded
 * (a websocket). A worker that was told to leave has closed its idle connections (nginx:
 * ngx_close_idle_connections), so all that are left are in use. Other workers have idle connections
 * among theirs. Clients of HTTP/3 share the socket that listens, and can't be counted.
 */
#ifndef NGINX_CLIENTS_H
#define NGINX_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/socket_holders.h"
#include "os/sockets.h"

/* The nginx end of a client's connection: row.port is nginx's, row.peer_port the client's. */
struct client {
	bool known;
	struct socket_row row;
};

struct clients {
	bool ask_oldest; /* to be set before clients_count() if `oldest` is wanted */
	unsigned tcp;    /* connections */
	unsigned local;  /* connections to a unix socket */
	unsigned udp; /* sessions of the stream module: each has a socket to an upstream server */
	unsigned behind;       /* the processes' own connections to upstream servers; no clients */
	unsigned waiting;      /* connections that nobody has accepted */
	bool uncounted;        /* UDP is served on a port that has TCP as well: maybe HTTP/3 */
	int error;             /* the first -errno: there may be more than were counted; 0: none */
	struct client oldest;  /* of TCP, by row.age_us; without one any of a unix socket */
	struct inodes sockets; /* all that were counted, so that none is counted twice */
};

void clients_init(struct clients *c);
void clients_free(struct clients *c);

/* How many were counted. */
unsigned clients_sum(const struct clients *c);

/* Whether there are any, or may be: uncounted ones, or after an error. */
bool clients_any(const struct clients *c);

/*
 * Adds the clients of these processes, except those whose sockets are in `known` (NULL: none are).
 * A socket that one of the masters has open as well is no client: it is a channel of nginx, or a
 * socket for syslog. An entry of masters[] may be 0. A process that has gone has no clients. If
 * something cannot be looked at, ret->error says so.
 */
void clients_count(const pid_t *pids, size_t count, const pid_t masters[2],
		   const struct inodes *known, struct clients *ret);

/* Adds the connections that wait at listening sockets which `master` has open and `heir` (0:
 * nobody) has not. They are reset when the last process that has such a socket open ends. */
void clients_waiting(pid_t master, pid_t heir, struct clients *ret);

/* Where the client is: "203.0.113.9:51234", "[2001:db8::1]:443"; for a unix socket nginx's own end,
 * "unix:/run/nginx.sock"; "": not known. An IPv4 address mapped into IPv6 is written as IPv4.
 * Returns ret; CLIENT_TEXT bytes are enough. */
#define CLIENT_TEXT 128
const char *client_peer(const struct client *c, char *ret, size_t size);

/* Adds all of *c to *sum. */
void clients_add(struct clients *sum, const struct clients *c);

#endif
