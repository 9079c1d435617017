/*
 * The addresses that a process listens on (TCP and unix sockets), and how they compare with those
 * of a configuration or of another process. It tells whether a process serves that configuration.
 *
 *	addresses_of -> addresses_are, addresses_meet, ... -> addresses_free
 */
#ifndef NGINX_ADDRESSES_H
#define NGINX_ADDRESSES_H

#include <stddef.h>
#include <stdint.h>

#include "nginx/config_scan.h"
#include "os/sockets.h"

struct address {
	int family; /* AF_INET, AF_INET6, AF_UNIX */
	unsigned char ip[16];
	unsigned port;
	unsigned last_port; /* of a configuration's range; else the same */
	char path[SOCKET_PATH_SIZE];
	uint64_t inode; /* of the socket; 0: it is from a configuration */
};

struct addresses {
	struct address *list; /* one for each socket */
	size_t count;
	bool unknown; /* there are more than the list has */
};

/* Those of a process. 0 or -errno; *ret is empty then. */
int addresses_of(pid_t pid, struct addresses *ret);

/*
 * Those of a configuration. by_root: nginx is started by root, so a server without `listen` has
 * port 80, not 8000. UDP is left out, since a process's UDP sockets may be for anything. 0 or
 * -ENOMEM; *ret is empty then.
 */
int addresses_of_config(const struct config_scan *scan, bool by_root, struct addresses *ret);

/* Adds an address, written as in config_scan.h without "/udp". One that cannot be parsed sets
 * `unknown`. 0 or -ENOMEM. */
int addresses_add(struct addresses *a, const char *text);

void addresses_free(struct addresses *a);

/*
 * Whether a process that listens on `held` serves exactly that configuration: each held address is
 * in it, and each of its addresses is held, by itself or by a configured wildcard of the same port
 * (nginx: ngx_http_init_listening). False where either is `unknown`, or nothing is held.
 */
bool addresses_are(const struct addresses *held, const struct addresses *config);

/* Whether they have an address in common. */
bool addresses_meet(const struct addresses *a, const struct addresses *b);

/* Whether a process has one of these sockets open, by their inodes: 1, 0, or -errno. */
int addresses_held_by(const struct addresses *a, pid_t pid);

#endif
