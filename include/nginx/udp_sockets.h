/*
 * The UDP sockets of a master: what everything that looks at HTTP/3 needs of them.
 *
 *	udp_sockets_of -> ... -> udp_sockets_free
 */
#ifndef NGINX_UDP_SOCKETS_H
#define NGINX_UDP_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/socket_holders.h"

struct udp_socket {
	int family;
	unsigned char ip[16]; /* as the address lies in memory; IPv4: the first four */
	unsigned port;
	uint64_t inode;
};

/* Sorted by port, family and address. */
struct udp_sockets {
	struct udp_socket *list;
	size_t count;
};

/* The UDP sockets that the process has open and that are bound and have no peer. One that writes to
 * a syslog server has a peer, for example. 0 or -errno, *ret is empty then. */
int udp_sockets_of(pid_t master, struct udp_sockets *ret);
void udp_sockets_free(struct udp_sockets *s);

/* Two `struct udp_socket`, for qsort(). 0: they have the same address and port. */
int udp_compare(const void *a, const void *b);

/* The index behind the last socket that has the port of list[from]. */
size_t udp_end_of_port(const struct udp_sockets *s, size_t from);

/* Whether two of them have the same port. */
bool udp_share_a_port(const struct udp_sockets *s);

/*
 * Whether nobody reads list[i] while its address is served by another socket of the list. `readers`
 * are the sockets that are read.
 */
bool udp_is_unread(const struct udp_sockets *s, size_t i, const struct inodes *readers);

/* The address as config_scan writes it: "*:443", "[::]:443". */
void udp_address_text(const struct udp_socket *u, char *ret, size_t size);

/* Appends the address to a list for people, "*:443, [::]:443". `where` has QUIC_WHERE_SIZE bytes;
 * a full list ends in "...". */
void udp_add_where(char *where, const struct udp_socket *u);

#endif
