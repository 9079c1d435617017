/*
 * The sockets that a generation of nginx listens on, and which of them its workers read.
 *
 *	accept_sockets_of -> accept_sockets_read ... -> accept_sockets_free
 */
#ifndef NGINX_ACCEPT_SOCKETS_H
#define NGINX_ACCEPT_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "nginx/socket_place.h"

struct accept_socket {
	struct socket_place at; /* its address; the list is sorted by it */
	uint64_t inode;
	bool shared; /* the process has several sockets of this address (reuseport) */
	bool others; /* another process has a TCP socket of this address that this one has not */
	bool read;   /* a worker waits for what comes in on it */
	bool wanted; /* for the caller's use */
};

struct accept_sockets {
	struct accept_socket *list;
	size_t count;
	size_t room;
	bool unread_unknown; /* the kernel does not show what some of the workers read */
};

/* All that a process has open: TCP and unix sockets that listen, and UDP sockets that have no peer.
 * 0 or -errno. On success *ret is the caller's to free. */
int accept_sockets_of(pid_t pid, struct accept_sockets *ret);

/*
 * Sets `read` of those that these workers read. It may be called several times, and never resets
 * it: with accept_mutex a socket is read by one worker at a time, and for a moment by none. A
 * worker that has gone reads nothing.
 */
void accept_sockets_read(struct accept_sockets *s, const pid_t *workers, size_t count);

/* The first socket of that address; the others follow it in the list. NULL: there is none. */
struct accept_socket *accept_sockets_at(const struct accept_sockets *s,
					const struct socket_place *place);

/* Whether one of the sockets serves that address, itself or as a wildcard of the same port. */
bool accept_sockets_serve(const struct accept_sockets *s, const struct socket_place *place);

enum { ACCEPT_ADDRESS_SIZE = 160 };

/* "127.0.0.1:80", "[::]:443/udp", "unix:/run/x" */
const char *accept_socket_text(const struct accept_socket *s, char ret[ACCEPT_ADDRESS_SIZE]);

void accept_sockets_free(struct accept_sockets *s);

#endif
