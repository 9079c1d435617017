/*
 * The listening sockets that a process has open. They are found by the kernel's lists of its
 * descriptors and of the sockets of its network namespace.
 */
#ifndef NGINX_LISTENERS_H
#define NGINX_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "os/sockets.h"

struct listeners {
	unsigned streams;        /* TCP and unix sockets that listen */
	unsigned datagrams;      /* UDP sockets without a peer; one with a peer may be for syslog */
	unsigned on_one_address; /* most sockets on the same TCP address: above 1 means reuseport */
	bool neighbours;         /* another process's socket listens on one of its TCP addresses */
};

/* 0 or -errno. */
int listeners_look(pid_t pid, struct listeners *ret);

/*
 * Whether the master with these sockets has had no QUIT yet. On QUIT it closes all listening
 * sockets at once, except QUIC's (nginx: ngx_quit). So it has had none if there are TCP or unix
 * sockets. UDP sockets are proof only if this nginx has no others at all: `other` are the sockets
 * of another master of this nginx; NULL: there is none.
 */
bool listeners_are_open(const struct listeners *l, const struct listeners *other);

/*
 * Whether one of these workers, which are all leaving, reads a UDP socket of its master. Such a
 * socket is QUIC's: a worker closes all others when it begins to leave. False also if the kernel
 * does not show what they read. 0 or -errno.
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

/* Adds the sockets that a process listens on, without abstract ones. What cannot be read is left
 * out. */
void listeners_unix_paths(pid_t pid, struct socket_paths *paths);

void socket_paths_free(struct socket_paths *paths);

/*
 * Removes the files of those sockets that nobody listens on any more, since nginx could not be
 * started again with them. Two generations that get QUIT together leave them behind, as each takes
 * the other for the owner (nginx: ngx_close_listening_sockets); up to 1.19.0 a single one does,
 * too. Returns how many were removed.
 */
unsigned listeners_sweep(const struct socket_paths *paths);

#endif
