/*
 * The UDP sockets of a master, as HTTP/3 uses them: which of them nobody reads, and how many more
 * of them quic_bpf has room for.
 *
 * A socket of the former generation that nginx did not hand over by number stays open in the new
 * master all the same, since it has no FD_CLOEXEC (nginx: ngx_quic_bpf_group_add_socket, "do not
 * inherit this socket"). The kernel goes on to give it its share of the new clients, and these time
 * out, until nginx is restarted.
 */
#ifndef NGINX_QUIC_SOCKETS_H
#define NGINX_QUIC_SOCKETS_H

#include <stddef.h>
#include <sys/types.h>

#include "nginx/config_scan.h"

enum { QUIC_WHERE_SIZE = 160 };

/* Sockets of one master, counted. where: their addresses, as a configuration writes them, for
 * people: "*:443, [::]:443"; "" where there are none. */
struct quic_unread {
	unsigned unread; /* on an address that is served on, and read by none of the workers */
	unsigned read;   /* on these addresses, and read */
	char where[QUIC_WHERE_SIZE];
};

/*
 * 0; -ENOTSUP: the kernel does not show what the workers read; or -errno. Costs next to nothing
 * where the master holds no two UDP sockets of one port.
 */
int quic_unread_look(pid_t master, const pid_t *workers, size_t count, struct quic_unread *ret);

/*
 * While an old generation drains: the master's sockets that old workers read as well. Workers that
 * leave go on with their QUIC sockets, alone of all sockets, and drop what is no client of theirs
 * (nginx: ngx_close_listening_sockets, ngx_quic_handle_packet). 0 or -errno, as above.
 */
struct quic_contested {
	unsigned count;
	char where[QUIC_WHERE_SIZE];
};

int quic_contested_look(pid_t master, const pid_t *leaving, size_t count,
			struct quic_contested *ret);

struct quic_room {
	unsigned holds;              /* sockets of that address that the master has open now */
	unsigned room;               /* how many its map holds at most; 0: it has no map */
	char where[QUIC_WHERE_SIZE]; /* the address that has most */
};

/*
 * Of those addresses of the configuration on which each worker has a QUIC socket. With several maps
 * it is the largest one's room, since nothing tells whose is whose. 0 or -errno.
 */
int quic_room_look(pid_t master, const struct config_scan *scan, struct quic_room *ret);

#endif
