/*
 * The sockets of a master on which it serves QUIC, and nginx's BPF maps of them, as descriptors of
 * ours. QUIC's sockets are known by an option that nginx sets on no other UDP socket: their packets
 * must not be fragmented (nginx: ngx_configure_listening_sockets).
 *
 *	quic_take -> ... -> quic_taken_free
 *	quic_maps_take -> ... -> quic_maps_free
 */
#ifndef NGINX_QUIC_TAKEN_H
#define NGINX_QUIC_TAKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "nginx/udp_sockets.h"
#include "trust/subject.h"

struct quic_socket {
	struct udp_socket udp;
	int number; /* the master's descriptor */
	int fd;     /* ours, a copy of it */
	uint64_t cookie;
	bool read;   /* by one of the workers */
	bool shared; /* SO_REUSEPORT: other sockets may have the same address */
};

/* Sorted by port, family and address. Sockets of one address are sorted by the master's descriptor,
 * which is the order in which nginx opened them. */
struct quic_taken {
	struct quic_socket *list;
	size_t count;
};

/*
 * Copies all QUIC sockets of the master that are bound and have no peer. `read` is set by what
 * these `workers` read. 0, also where there are none. Errors: -ENOSYS: this kernel cannot (before
 * Linux 5.6); -EPERM: refused by Yama, SELinux or for lack of a capability; -ESRCH: the master has
 * gone, or its pid is another process; -ENOTSUP: the kernel does not show what workers read; or
 * another -errno. *ret is set on success only, and is then the caller's to free.
 */
int quic_take(const struct subject *master, const pid_t *workers, size_t count,
	      struct quic_taken *ret);
void quic_taken_free(struct quic_taken *t);

/* How many sockets from list[from] on have the same address as that one. */
size_t quic_taken_of_address(const struct quic_taken *t, size_t from);

/* The master's hashes of sockets by cookie, which it has with quic_bpf. */
struct quic_maps {
	int *list; /* descriptors of ours */
	size_t count;
	int failed;       /* on failure: the master's descriptor it failed at; -1: at none */
	const char *step; /* what failed there: "take BPF map"; "" */
};

/*
 * All of them. 0, also where there are none; -ENOMEM; or errors as of quic_take(). On failure *ret
 * has those that were found before. It is the caller's to free in any case.
 */
int quic_maps_take(const struct subject *master, struct quic_maps *ret);
void quic_maps_free(struct quic_maps *m);

#endif
