/* Two ways to list sockets, and the kernel's formats. Private to os/sockets*.c, server_end.c. */
#ifndef OS_SOCKETS_PRIVATE_H
#define OS_SOCKETS_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "os/sockets.h"

/* Linux: net/tcp_states.h. The same numbers for every kind of socket, by both ways. */
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

/* As in linux/inet_diag.h and linux/unix_diag.h; the oldest kernel headers differ. */
struct diag_address {
	uint16_t port; /* in network byte order, as all addresses */
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
	bool ended; /* fn has returned false */
};

/* Sends a request to sock_diag. flags: NLM_F_REQUEST and others. 0 or -errno. */
int sockets_ask(int netlink, unsigned type, unsigned flags, const void *request, size_t size);

/* Whether a socket of that kind and state is wanted. */
bool sockets_wanted(const struct sockets_reading *s, enum socket_kind kind, unsigned state);

/*
 * Call s->fn for all wanted sockets of a kind. 0 or -errno. After a failure of
 * sockets_by_netlink(), s->fn was not called, so the tables can be read instead.
 */
int sockets_by_netlink(enum socket_kind kind, struct sockets_reading *s);
int sockets_by_tables(pid_t pid, enum socket_kind kind, struct sockets_reading *s);

#endif
