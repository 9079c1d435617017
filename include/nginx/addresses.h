/*
 * The addresses on which a process listens (TCP and unix sockets), against those of a configuration
 * or of another process: whether a process serves what that configuration says.
 *
 *	addresses_of -> addresses_are, addresses_meet, ... -> addresses_free
 */
#ifndef NGINX_ADDRESSES_H
#define NGINX_ADDRESSES_H

#include <stdint.h>

#include "nginx/config_scan.h"
#include "os/sockets.h"

struct address {
	int family; /* AF_INET, AF_INET6, AF_UNIX */
	unsigned char ip[16];
	unsigned port;
	unsigned last_port; /* of a configuration's range; else the same */
	char path[SOCKET_PATH_SIZE];
	uint64_t inode; /* of the socket; 0: it stands in a configuration */
};

struct addresses {
	struct address *list; /* one for each socket */
	size_t count;
	bool unknown; /* there are more */
};

/* 0 or -errno. */
int addresses_of(pid_t pid, struct addresses *ret);

/*
 * What a configuration says. by_root: who starts it may have port 80. -ENOMEM. Of UDP it tells
 * nothing, since a process's UDP sockets may be for anything.
 */
int addresses_of_config(const struct config_scan *scan, bool by_root, struct addresses *ret);

/* One, as config_scan.h writes it, without "/udp"; what cannot be read makes it `unknown`. -ENOMEM.
 */
int addresses_add(struct addresses *a, const char *text);

void addresses_free(struct addresses *a);

/*
 * Whether what is held is what the configuration says: all of it is in there, and nothing else is,
 * but for addresses for which the wildcard of the same port stands (nginx:
 * ngx_http_init_listening). False where either is unknown, or nothing is held.
 */
bool addresses_are(const struct addresses *held, const struct addresses *config);

/* Whether they have an address in common. */
bool addresses_meet(const struct addresses *a, const struct addresses *b);

/* Whether a process has one of these very sockets open: 1, 0, or -errno. */
int addresses_held_by(const struct addresses *a, pid_t pid);

#endif
