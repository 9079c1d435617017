/*
 * What WINCH to an old master would leave to nobody: sockets that it keeps open and the new
 * generation does not read, while the same address is served by another socket. The kernel goes on
 * to give such a socket its share of the clients.
 */
#ifndef NGINX_LEFT_H
#define NGINX_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct left_ask {
	pid_t old_master;
	pid_t new_master;
	const pid_t *old_workers; /* that accept */
	size_t old_count;
	const pid_t *new_workers; /* likewise */
	size_t new_count;
};

/*
 * Whether there are any: TCP, UDP and unix sockets of the old master that
 *
 *	- the new master does not hold, or
 *	- both hold, the old workers read, and no new worker reads: the sockets of QUIC with
 *	  quic_bpf, which are handed on and used by nobody. Where epoll sets cannot be looked
 *	  into, that is not told,
 *
 * and whose address, or the wildcard of its port, the new generation serves. Sockets of an address
 * that it does not serve are nobody's loss. 0 or -errno; -ESRCH: a master is gone.
 */
int left_to_nobody(const struct left_ask *a, bool *ret);

#endif
