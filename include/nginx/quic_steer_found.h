/*
 * Finds the programs of quic_steer.h that are attached to sockets of given masters. The map of each
 * program says for which address and network namespace it was made.
 *
 *	steer_find -> ... -> steer_found_free
 */
#ifndef NGINX_QUIC_STEER_FOUND_H
#define NGINX_QUIC_STEER_FOUND_H

#include <stddef.h>
#include <stdint.h>

#include "nginx/quic_steer.h"
#include "nginx/quic_steer_private.h"
#include "nginx/quic_steer_program.h"
#include "nginx/udp_sockets.h"
#include "trust/subject.h"

struct steer_found {
	struct steer_program *list;
	size_t count;
};

/* new_master NULL: there is none. 0, also where none is attached; or -errno. On success *ret is the
 * caller's to free. */
int steer_find(const struct subject *old_master, const struct subject *new_master,
	       struct steer_found *ret);
void steer_found_free(struct steer_found *f);

/* Whether a program was made for the address of that socket. */
bool steer_state_is_of(const struct quic_steer_state *value, const struct udp_socket *udp);

/* The inode of a process's network namespace. 0 or -errno. */
int steer_network(pid_t pid, uint64_t *ret);

/* Fills in to, groups and where of *ret; leaves the rest alone. */
void steer_tell(const struct steer_found *f, struct quic_steer *ret);

#endif
