/* What the files about sockets share. Private to nginx/listeners.c and nginx/addresses.c. */
#ifndef NGINX_LISTENERS_PRIVATE_H
#define NGINX_LISTENERS_PRIVATE_H

#include <stdint.h>

#include "nginx/listeners.h"

enum { SOCKETS_MAX = 8192, STATE_LISTENS = 0x0a /* TCP_LISTEN */, UNIX_ACCEPTS = 0x10000 };

struct sockets {
	uint64_t inodes[SOCKETS_MAX];
	size_t count;
};

/* All that a process has open; 0 or -errno. It is large. */
int sockets_of(pid_t pid, struct sockets *ret);
bool sockets_have(const struct sockets *s, uint64_t inode);

/* One line of a table in /proc/PID/net; false ends the reading. 0, also where there is no such
 * table, or -errno. */
typedef bool line_fn(const char *line, const struct sockets *s, struct listeners *ret, void *arg);

int sockets_each_line(pid_t pid, const char *table, line_fn *fn, const struct sockets *s,
		      struct listeners *ret, void *arg);

#endif
