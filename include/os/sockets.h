/*
 * Lists the sockets of a network namespace, each once: by sock_diag(7) if the kernel has it and the
 * process is in our namespace, else from the tables in /proc/PID/net.
 *
 * Which process has a socket open, and which reads it: see os/socket_holders.h.
 */
#ifndef OS_SOCKETS_H
#define OS_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* unix(7) */
enum { SOCKET_PATH_SIZE = 108 };

enum socket_kind { SOCKET_TCP, SOCKET_UDP, SOCKET_UNIX };

/* Which sockets are wanted. The others are not read, and cost nothing. */
enum {
	SOCKETS_TCP_LISTENING = 1,
	SOCKETS_TCP_CONNECTED = 2, /* established, or closed by one side only */
	SOCKETS_UDP = 4,           /* all of them: they have no state */
	SOCKETS_UNIX_LISTENING = 8,
	SOCKETS_UNIX_CONNECTED = 16,
	SOCKETS_TIMES = 32, /* age_us and quiet_us of connected TCP sockets, too */
	SOCKETS_LISTENING = SOCKETS_TCP_LISTENING | SOCKETS_UDP | SOCKETS_UNIX_LISTENING
};

struct socket_row {
	enum socket_kind kind;
	int family;           /* AF_INET, AF_INET6, AF_UNIX */
	bool listens;         /* TCP and unix: it accepts connections */
	bool connected;       /* it has a peer; also true for a connected UDP socket */
	uint64_t inode;       /* 0: no process has it open, as when it waits to be accepted */
	unsigned char ip[16]; /* in network byte order; IPv4: the first four bytes */
	unsigned char peer_ip[16];
	unsigned port;
	unsigned peer_port;
	/* Of a listening socket: connections not accepted yet. Unix: by sock_diag only, else 0. */
	unsigned queued;
	/* Both with SOCKETS_TIMES and sock_diag only; else, and where unknown, 0. */
	uint64_t age_us;             /* the connection is at least this old */
	uint64_t quiet_us;           /* for so long nothing was sent or received */
	char path[SOCKET_PATH_SIZE]; /* unix: as it was bound; "": abstract or unnamed */
};

/* Returns false to end the reading; sockets_each() then returns 0. */
typedef bool socket_row_fn(const struct socket_row *row, void *arg);

/*
 * Calls fn for each wanted socket in pid's network namespace. wanted: SOCKETS_... 0, also if the
 * kernel has no such sockets (no IPv6); or -errno: some sockets were not listed.
 */
int sockets_each(pid_t pid, unsigned wanted, socket_row_fn *fn, void *arg);

/*
 * The range of local ports that the kernel assigns to outgoing connections
 * (net.ipv4.ip_local_port_range of our own network namespace; if unreadable, Linux's default).
 */
void sockets_own_ports(unsigned *ret_first, unsigned *ret_last);

#endif
