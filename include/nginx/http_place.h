/*
 * Connects to the addresses of an nginx, in its network namespace and from its root.
 *
 *	http_place_open -> http_place_connect ... -> http_place_close
 */
#ifndef NGINX_HTTP_PLACE_H
#define NGINX_HTTP_PLACE_H

#include <sys/socket.h>

#include "trust/path.h"
#include "trust/subject.h"

/* From where the addresses of an nginx are reached. */
struct http_place {
	const struct believed *believed; /* a unix socket must be in a folder of theirs */
	const char *root;                /* of struct subject */
	int network;                     /* see os/network.h */
};

/* *s and *b must stay valid until the close. 0, or -errno: its namespace cannot be reached. */
int http_place_open(const struct subject *s, const struct believed *b, struct http_place *ret);
void http_place_close(struct http_place *p);

/*
 * Begins to connect to "*:80", "[::1]:80" or "unix:/run/x". Returns a descriptor (O_NONBLOCK) for
 * the caller to close; -EADDRNOTAVAIL: the address belongs to another machine, or the socket is in
 * a folder that others can write to; or another -errno. *ret_to is the address; it may be NULL.
 */
int http_place_connect(const struct http_place *place, const char *address,
		       struct sockaddr_storage *ret_to);

#endif
