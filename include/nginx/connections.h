/*
 * How many clients each generation of an nginx has, by one reading of all sockets of its network
 * namespace.
 *
 * A client is a TCP or unix connection to an address that is listened on. nginx's own connections
 * to servers behind it are none; nor can clients of UDP be counted, HTTP/3 included.
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
	bool ask;         /* where it listens does not tell whose a connection is: see below */
	unsigned clients; /* the result */
};

/*
 * Counts the clients of these generations (at most seven). To ask each worker which sockets it has
 * takes several times longer than all the rest, with many of them. So all but the last are asked,
 * and the last has who is left on the addresses on which its master listens, unless others listen
 * there, too (with reuseport), or `ask` is set: since its workers leave, and may have clients of
 * addresses that are listened on no more; or since others are known to serve beside it. Of those
 * who are not asked a socket counts that anybody else has taken over, which nobody does.
 *
 * 0 or -errno: then they are not known.
 */
int connections_count(struct connections_of *of, size_t count);

#endif
