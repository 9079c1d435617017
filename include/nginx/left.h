/*
 * Finds sockets that nobody would read any more after WINCH to the old master: it keeps them open,
 * the new generation does not read them, and another socket serves the same address. The kernel
 * still deals such a socket its share of the clients.
 */
#ifndef NGINX_LEFT_H
#define NGINX_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct left_ask {
	pid_t old_master;
	pid_t new_master;
	const pid_t *old_workers; /* those that accept */
	size_t old_count;
	const pid_t *new_workers; /* those that accept */
	size_t new_count;
};

/*
 * Whether there are any. These are TCP, UDP and unix sockets of the old master that either
 *
 *	- the new master does not have open, or
 *	- both have open, old workers read, and no new worker reads: QUIC sockets with quic_bpf,
 *	  which the new master inherits and does not use. They are found only if the kernel
 *	  shows what is in epoll sets;
 *
 * and whose address, or the wildcard of its port, the new generation serves. An address that it
 * does not serve does not count, since nobody is dealt there any more. 0 or -errno; -ESRCH: a
 * master has gone.
 */
int left_to_nobody(const struct left_ask *a, bool *ret);

#endif
