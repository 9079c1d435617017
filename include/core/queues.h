/*
 * Connections in the queues of the old generation's listening sockets: the kernel has established
 * them, and no worker has accepted them yet.
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
	struct inodes held; /* sockets of the old master, read once: it opens no others while a new
			       master lives */
	pid_t holder;       /* the master they belong to; 0: not read yet */
};

void queues_init(struct queues *q);

/*
 * The fact `queued`: how many connections wait on the TCP sockets of the old master. 0 unless the
 * facts show that both generations accept. 0 also where that cannot be read: then there is no
 * reason to wait.
 */
unsigned queues_look(struct queues *q, pid_t old_master, const struct facts *f);

/* Accepts a zeroed one. */
void queues_free(struct queues *q);

#endif
