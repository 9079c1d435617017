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

enum {
	PROTOCOL_SOCK_DIAG = 4, /* NETLINK_SOCK_DIAG; before Linux 3.3 NETLINK_INET_DIAG */
	BY_FAMILY = 20          /* SOCK_DIAG_BY_FAMILY, Linux 3.3 */
};

/* linux/inet_diag.h and linux/unix_diag.h, which the oldest headers do not have like this. */
struct diag_address {
	uint16_t port; /* in the order of the network, as all addresses */
	uint16_t peer_port;
	uint32_t ip[4];
	uint32_t peer_ip[4];
	uint32_t device;
	uint32_t cookie[2];
};

struct diag_inet_request {
	uint8_t family;
	uint8_t protocol;
	uint8_t extensions;
	uint8_t pad;
	uint32_t states;
	struct diag_address address;
};

struct diag_inet_answer {
	uint8_t family;
	uint8_t state;
	uint8_t timer;
	uint8_t retransmits;
	struct diag_address address;
	uint32_t expires;
	uint32_t queued;
	uint32_t queue_size;
	uint32_t uid;
	uint32_t inode;
};

struct diag_unix_request {
	uint8_t family;
	uint8_t protocol;
	uint16_t pad;
	uint32_t states;
	uint32_t inode;
	uint32_t show;
	uint32_t cookie[2];
};

struct diag_unix_answer {
	uint8_t family;
	uint8_t type;
	uint8_t state;
	uint8_t pad;
	uint32_t inode;
	uint32_t cookie[2];
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
