/*
 * The listening sockets that a process holds, by what the kernel says of its descriptors and of the
 * sockets of its network namespace.
 */
#ifndef NGINX_LISTENERS_H
#define NGINX_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "os/sockets.h"

struct listeners {
	unsigned streams;   /* TCP and unix sockets that listen */
	unsigned datagrams; /* UDP sockets without a peer: one that has one is for syslog, say */
	unsigned on_one_address; /* the most that share one TCP address: over 1 means reuseport */
	bool neighbours; /* a socket that it does not hold listens on one of its TCP addresses */
};

/* 0 or -errno. */
int listeners_look(pid_t pid, struct listeners *ret);

/*
 * Whether a master that holds these has had no QUIT yet, at which it closes what it listens on at
 * once (nginx: ngx_quit): all but the sockets of QUIC. So TCP and unix sockets tell, and UDP only
 * of a master that never had any: `other` are those of another master of this nginx; NULL: there is
 * none.
 */
bool listeners_are_open(const struct listeners *l, const struct listeners *other);

/*
 * Whether one of these workers, all of which leave, reads a UDP socket of its master. Those of QUIC
 * are read to the end, all others are closed when a worker begins to leave. False also where
 * nothing can be told. 0 or -errno.
 */
int listeners_are_quics(pid_t master, const pid_t *workers, size_t count, bool *ret);

/* The paths of unix sockets. */
struct socket_path {
	char text[SOCKET_PATH_SIZE + 32]; /* with room for a root in front */
};

struct socket_paths {
	size_t count;
	struct socket_path *list;
};

/* Adds those that a process listens on (not abstract ones), as far as they can be read. */
void listeners_unix_paths(pid_t pid, struct socket_paths *paths);

void socket_paths_free(struct socket_paths *paths);

/*
 * Removes what is left of those that nobody listens on any more. Two generations that get QUIT
 * together leave them: each takes the other for the owner (nginx: ngx_close_listening_sockets); up
 * to 1.19.0 one does, too. nginx could not be started again. Returns how many.
 */
unsigned listeners_sweep(const struct socket_paths *paths);

#endif
