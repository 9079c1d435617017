/* Reaching the addresses of an nginx; see nginx/http_place.c. */
#ifndef NGINX_HTTP_PLACE_H
#define NGINX_HTTP_PLACE_H

#include <sys/socket.h>

#include "trust/subject.h"

/* Where the addresses of an nginx are reached. */
struct http_place {
	const struct believed *believed; /* whose folders a unix socket may stand in */
	const char *root;                /* subject.root */
	int network;                     /* see os/network.h */
};

/* Both must live as long. 0 or -errno: it cannot be reached. */
int http_place_open(const struct subject *s, const struct believed *b, struct http_place *ret);
void http_place_close(struct http_place *p);

/*
 * Begins to connect to "*:80", "[::1]:80" or "unix:/run/x": a descriptor that does not wait;
 * -EADDRNOTAVAIL: it is not this machine's, or a socket in a folder that others can write; -errno.
 * ret_to: where to; may be NULL.
 */
int http_place_connect(const struct http_place *place, const char *address,
		       struct sockaddr_storage *ret_to);

#endif
