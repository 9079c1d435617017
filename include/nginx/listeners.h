/*
 * The listening sockets that a process holds, by what /proc says of its descriptors and of the
 * sockets of its network namespace.
 */
#ifndef NGINX_LISTENERS_H
#define NGINX_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { UNIX_PATH_SIZE = 108 }; /* unix(7) */

struct listeners {
	unsigned count;        /* sockets that listen: TCP, unix, and every UDP socket */
	unsigned same_address; /* the most that share one TCP address: over 1 means reuseport */
	bool neighbours; /* a socket that it does not hold listens on one of its TCP addresses */
};

/* 0 or -errno. */
int listeners_look(pid_t pid, struct listeners *ret);

/* The paths of unix sockets. */
struct socket_paths {
	size_t count;
	char list[64][UNIX_PATH_SIZE + 32]; /* with room for a root in front */
};

/* Adds those that a process listens on (not abstract ones); beyond the size of the list none. */
void listeners_unix_paths(pid_t pid, struct socket_paths *paths);

/*
 * Removes what is left of those that nobody listens on any more. Two generations that get QUIT
 * together leave them: each takes the other for the owner (nginx: ngx_close_listening_sockets); up
 * to 1.19.0 one does, too. nginx could not be started again. Returns how many.
 */
unsigned listeners_sweep(const struct socket_paths *paths);

#endif
