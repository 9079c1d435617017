/*
 * What waits in the queues of the old generation's listening sockets: connections that the kernel
 * has made and that no worker has accepted yet.
 *
 *	queues_init -> queues_look ... -> queues_free
 */
#ifndef CORE_QUEUES_H
#define CORE_QUEUES_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/facts.h"
#include "os/socket_holders.h"

struct queues {
	struct inodes held; /* by the old master, read once: it opens no more while another lives */
	pid_t holder;       /* whose they are; 0: not read yet */
};

void queues_init(struct queues *q);

/*
 * How many connections wait on the TCP sockets of the old master: the fact `queued`. Asks nothing,
 * and returns 0, unless the facts show that both generations accept; 0 also where it cannot be
 * told: it is no reason to wait then.
 */
unsigned queues_look(struct queues *q, pid_t old_master, const struct facts *f);

/* Accepts a zeroed one. */
void queues_free(struct queues *q);

#endif
