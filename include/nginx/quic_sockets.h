/*
 * The UDP sockets of a master, as HTTP/3 uses them: which of them nobody reads, and for how many
 * more quic_bpf has room.
 *
 * With quic_bpf nginx does not tell the new master about the QUIC sockets of the old generation.
 * They stay open in it all the same, since they have no FD_CLOEXEC (nginx:
 * ngx_quic_bpf_group_add_socket, "do not inherit this socket"). The kernel still deals them their
 * share of new clients, and these clients time out until nginx is restarted.
 */
#ifndef NGINX_QUIC_SOCKETS_H
#define NGINX_QUIC_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "nginx/config_scan.h"

enum { QUIC_WHERE_SIZE = 160 };

/* Numbers of sockets of one master. where: the addresses of the unread ones, as a configuration
 * writes them, for people: "*:443, [::]:443"; "": there are none. */
struct quic_unread {
	unsigned unread; /* read by no worker, on an address that workers do serve by another one */
	unsigned read;   /* read by workers, on the ports where there are unread ones */
	char where[QUIC_WHERE_SIZE];
};

/*
 * 0; -ENOTSUP: the kernel does not show what the workers read; or another -errno. What workers read
 * is looked up only where the master has two UDP sockets of one port; otherwise it costs next to
 * nothing.
 */
int quic_unread_look(pid_t master, const pid_t *workers, size_t count, struct quic_unread *ret);

/*
 * Sockets of the master that workers of an old generation, which drains, read as well. Of all
 * listening sockets QUIC's are the only ones that a leaving worker goes on to read, and it drops
 * packets that are not for one of its connections (nginx: ngx_close_listening_sockets,
 * ngx_quic_handle_packet).
 */
struct quic_contested {
	unsigned count;
	char where[QUIC_WHERE_SIZE]; /* as above */
};

/* `leaving` are these old workers. 0 or -errno, as of quic_unread_look(). */
int quic_contested_look(pid_t master, const pid_t *leaving, size_t count,
			struct quic_contested *ret);

struct quic_room {
	unsigned holds;              /* sockets that the master has open at that address */
	unsigned room;               /* how many its map can hold; 0: it has no map */
	char where[QUIC_WHERE_SIZE]; /* the address with the most sockets */
};

/*
 * Looks at the addresses where each worker has a QUIC socket of its own: those that the
 * configuration listens on with `reuseport`. With several maps `room` is that of the largest one,
 * since nothing shows which map belongs to which address. 0 or -errno.
 */
int quic_room_look(pid_t master, const struct config_scan *scan, struct quic_room *ret);

struct udp_socket;

/* Whether the configuration listens on the address of that socket for QUIC, with `reuseport`. */
bool quic_is_shared(const struct config_scan *scan, const struct udp_socket *u);

#endif
