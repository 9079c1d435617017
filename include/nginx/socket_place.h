/*
 * The address of a socket that serves, and lists that are sorted by it. Several sockets may have
 * the same address (reuseport).
 */
#ifndef NGINX_SOCKET_PLACE_H
#define NGINX_SOCKET_PLACE_H

#include <stddef.h>

#include "os/sockets.h"

struct socket_place {
	enum socket_kind kind;
	int family;
	unsigned port;
	unsigned char ip[16];
	char path[SOCKET_PATH_SIZE];
};

/* Whether a socket serves: it listens, or it is a UDP socket without a peer. One with a peer is for
 * syslog, a resolver, or a client. */
bool socket_place_serves(const struct socket_row *row);

void socket_place_of(const struct socket_row *row, struct socket_place *ret);

/* Also for qsort(3), with structs whose first member is a struct socket_place. */
int socket_place_compare(const void *a, const void *b);

/* The index of the first element with this address in such a list, which is sorted; if there is
 * none, the index where it would be. size: of an element. */
size_t socket_place_first(const void *list, size_t count, size_t size,
			  const struct socket_place *place);

/* Whether both are the same address. The names of abstract unix sockets are not known, so these are
 * never the same. */
bool socket_place_same(const struct socket_place *a, const struct socket_place *b);

/* The addresses whose sockets may serve this address: itself and the wildcards of its port. That of
 * IPv6 may serve IPv4, too. Returns how many. */
enum { SOCKET_PLACES_SERVING = 3 };
size_t socket_place_serving(const struct socket_place *place,
			    struct socket_place ret[SOCKET_PLACES_SERVING]);

#endif
