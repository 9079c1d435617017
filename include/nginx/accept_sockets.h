/*
 * The sockets that a generation listens on, one by one, and which of them its workers read.
 *
 *	accept_sockets_of -> accept_sockets_read ... -> accept_sockets_free
 */
#ifndef NGINX_ACCEPT_SOCKETS_H
#define NGINX_ACCEPT_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "os/sockets.h"

struct accept_socket {
	enum socket_kind kind; /* these five are its address, and the order of the list */
	int family;
	unsigned port;
	unsigned char ip[16];
	char path[SOCKET_PATH_SIZE];
	uint64_t inode;
	bool shared; /* the process has several of this address (reuseport) */
	bool others; /* somebody else has one of this address, too (reuseport), or may as well */
	bool read;   /* a worker waits for what comes in on it */
	bool wanted; /* the user's own */
};

struct accept_sockets {
	struct accept_socket *list;
	size_t count;
	size_t room;
	bool unread_unknown; /* what the workers read is not told, or not of all */
};

/* All that a process holds: TCP and unix sockets that listen, and UDP sockets that have no peer.
 * 0 or -errno. */
int accept_sockets_of(pid_t pid, struct accept_sockets *ret);

/*
 * Marks those that these workers read. With accept_mutex a socket is read by one worker at a time,
 * and for a moment by none: what was once seen stays. Whoever has gone reads nothing.
 */
void accept_sockets_read(struct accept_sockets *s, const pid_t *workers, size_t count);

/* Those of an address stand behind each other: the first, or NULL. */
struct accept_socket *accept_sockets_at(const struct accept_sockets *s,
					const struct accept_socket *address);

/* Also a wildcard of the same port stands for an address. */
bool accept_sockets_serve(const struct accept_sockets *s, const struct accept_socket *address);

bool accept_socket_same(const struct accept_socket *a, const struct accept_socket *b);
bool accept_socket_is_wildcard(const struct accept_socket *s);

enum { ACCEPT_ADDRESS_SIZE = 160 };

/* "127.0.0.1:80", "[::]:443/udp", "unix:/run/x" */
const char *accept_socket_text(const struct accept_socket *s, char ret[ACCEPT_ADDRESS_SIZE]);

void accept_sockets_free(struct accept_sockets *s);

#endif
