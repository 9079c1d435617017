/*
 * Counts the clients of each generation of an nginx, by reading all sockets of its network
 * namespace once.
 *
 * A client is a TCP or unix connection to an address that is listened on. nginx's own connections
 * to upstream servers are not counted. Clients of UDP, and so of HTTP/3, cannot be counted.
 */
#ifndef NGINX_CONNECTIONS_H
#define NGINX_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct connections_of {
	pid_t master;
	pid_t *workers;
	size_t count;
	bool ask;         /* look at each worker's sockets; see below */
	unsigned clients; /* the result */
};

/*
 * Counts the clients of these generations (at most seven). To look at each worker's sockets takes
 * several times longer than everything else when there are many clients. So the workers of the last
 * generation are not looked at: it gets all connections that no other generation has, to the
 * addresses that its master listens on.
 *
 * Its workers are looked at all the same if other processes listen on one of these addresses, too
 * (with reuseport), or if the caller has set `ask`. The caller sets it when these workers are
 * leaving, as they may have clients of addresses that nobody listens on any more, or when other
 * processes are known to serve beside them. On return `ask` says which generations were looked at.
 *
 * 0, or -errno: the numbers are not known.
 */
int connections_count(struct connections_of *of, size_t count);

#endif
