/*
 * The sockets of a network namespace, each once, in one pass: by sock_diag(7) where the kernel
 * answers it and the process is in our namespace, else from the tables of /proc/PID/net.
 *
 * Who has a socket, and who waits for what comes in on it, stands in os/socket_holders.h.
 */
#ifndef OS_SOCKETS_H
#define OS_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* unix(7) */
enum { SOCKET_PATH_SIZE = 108 };

enum socket_kind { SOCKET_TCP, SOCKET_UDP, SOCKET_UNIX };

/* Which are wanted; what is not asked for is not read, and costs nothing. */
enum {
	SOCKETS_TCP_LISTENING = 1,
	SOCKETS_TCP_CONNECTED = 2, /* established, or closed by one side only */
	SOCKETS_UDP = 4,           /* all of them: they have no state */
	SOCKETS_UNIX_LISTENING = 8,
	SOCKETS_UNIX_CONNECTED = 16,
	SOCKETS_TIMES =
		32, /* of connected TCP sockets age_us and quiet_us, too: by sock_diag only */
	SOCKETS_LISTENING = SOCKETS_TCP_LISTENING | SOCKETS_UDP | SOCKETS_UNIX_LISTENING
};

struct socket_row {
	enum socket_kind kind;
	int family;           /* AF_INET, AF_INET6, AF_UNIX */
	bool listens;         /* TCP and unix: it accepts connections */
	bool connected;       /* it has a peer; also of a UDP socket that was connect()ed */
	uint64_t inode;       /* 0: nobody has it open; it waits to be accepted, say */
	unsigned char ip[16]; /* as the address lies in memory; IPv4: the first four */
	unsigned char peer_ip[16];
	unsigned port;
	unsigned peer_port;
	unsigned queued; /* of one that listens: connections that nobody has accepted yet. Unix
			  * sockets tell that by sock_diag only; else 0 */
	uint64_t
		age_us; /* with SOCKETS_TIMES: it has been there for so long at least; 0: unknown */
	uint64_t quiet_us;           /* likewise: nothing was sent or received for so long */
	char path[SOCKET_PATH_SIZE]; /* unix: as it was bound; "": it is abstract, or has none */
};

/* false ends the reading, with 0. */
typedef bool socket_row_fn(const struct socket_row *row, void *arg);

/*
 * Calls fn for each socket of the wanted sorts in pid's network namespace. 0; also where a table
 * does not exist (no IPv6); or -errno: some were not told.
 */
int sockets_each(pid_t pid, unsigned wanted, socket_row_fn *fn, void *arg);

/*
 * The range of ports from which the kernel gives one to a connection that is made here
 * (net.ipv4.ip_local_port_range, of our own network namespace; where it cannot be read, Linux's
 * default).
 */
void sockets_own_ports(unsigned *ret_first, unsigned *ret_last);

#endif
