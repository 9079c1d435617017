/* Private to os/sockets*.c: the two ways to read what a kernel knows of its sockets. */
#ifndef OS_SOCKETS_PRIVATE_H
#define OS_SOCKETS_PRIVATE_H

#include "os/sockets.h"

/* net/tcp_states.h of the kernel; the same in every table. */
enum {
	STATE_ESTABLISHED = 1,
	STATE_SYN_RECV = 3,
	STATE_FIN_WAIT1 = 4,
	STATE_FIN_WAIT2 = 5,
	STATE_CLOSE_WAIT = 8,
	STATE_LISTEN = 10
};

struct sockets_reading {
	unsigned wanted;
	socket_row_fn *fn;
	void *arg;
	bool ended; /* fn wants no more */
};

/* Whether one of a kind in that state is wanted. */
bool sockets_wanted(const struct sockets_reading *s, enum socket_kind kind, unsigned state);

/* All wanted sockets of a kind. 0 or -errno; by netlink nothing was told then. */
int sockets_by_netlink(enum socket_kind kind, struct sockets_reading *s);
int sockets_by_tables(pid_t pid, enum socket_kind kind, struct sockets_reading *s);

#endif
