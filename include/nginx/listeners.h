/*
 * The listening sockets that a process holds, by what /proc says of its descriptors and of the
 * sockets of its network namespace.
 */
#ifndef NGINX_LISTENERS_H
#define NGINX_LISTENERS_H

#include <sys/types.h>

struct listeners {
	unsigned count;        /* sockets that listen: TCP, unix, and every UDP socket */
	unsigned same_address; /* the most that share one TCP address: over 1 means reuseport */
};

/* 0 or -errno. */
int listeners_look(pid_t pid, struct listeners *ret);

/* Established TCP connections that a process holds, 0 when it cannot be asked. Reads whole tables.
 */
unsigned connections_count(pid_t pid);

#endif
