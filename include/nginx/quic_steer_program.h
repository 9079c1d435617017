/*
 * The program of quic_steer.h and its maps in the kernel: makes them for one group of sockets, and
 * finds again those that are loaded.
 *
 *	steer_program_make -> steer_socket_attach                  steer_program_close
 *	steer_programs_each -> steer_program_set, steer_program_add
 */
#ifndef NGINX_QUIC_STEER_PROGRAM_H
#define NGINX_QUIC_STEER_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nginx/quic_steer_private.h"
#include "nginx/quic_taken.h"

/* Names in the kernel, by which the programs and maps are found again. */
#define STEER_NAME       "nh_quic_steer"
#define STEER_LEFT_NAME  "nh_quic_by_id" /* of steer_by_id_make() */
#define STEER_STATE_NAME "nh_quic_state"
#define STEER_OLD_NAME   "nh_quic_old"
#define STEER_NEW_NAME   "nh_quic_new"
#define STEER_BY_ID_NAME "nh_quic_ids"
#define STEER_FLOWS_NAME "nh_quic_flows"

/* At most so many sockets of one generation at one address. */
enum { STEER_SOCKETS_MOST = 1024 };

/* Descriptors of ours; -1: none. */
struct steer_program {
	uint32_t id; /* the kernel's number of the program; 0: not known */
	int program;
	int state;
	int in_old;
	int in_new;
	int by_id;
	struct quic_steer_state value;
};

/* As quic_steer_built(). */
bool steer_program_built(void);

/* Empties it: no descriptors. steer_program_close() takes an empty one, too. */
void steer_program_none(struct steer_program *ret);
void steer_program_close(struct steer_program *p);

/* Makes the map of flows, for all groups. A descriptor or -errno. */
int steer_flows_make(void);

/*
 * Loads a program with its maps for these sockets, which all have one address. `value`: everything
 * but old_count, which is filled in here. own_map: nginx's map of these sockets, which the program
 * then uses; -1: it has none, and a map is made. `flows`: see above. Both stay the caller's. 0;
 * -ENOSYS: not in this build; -E2BIG: more than STEER_SOCKETS_MOST; or another -errno.
 */
int steer_program_make(const struct quic_socket *sockets, size_t count,
		       const struct quic_steer_state *value, int own_map, int flows,
		       struct steer_program *ret);

/* Writes p->value to its map, and so to the running program. 0 or -errno. */
int steer_program_set(struct steer_program *p);

/* Adds a socket as number `index` of the new generation. 0 or -errno. */
int steer_program_add(struct steer_program *p, const struct quic_socket *s, uint32_t index);

/* Loads a program that does what nginx's own one does: it chooses a socket by its cookie from this
 * map, and nothing else. A descriptor, -ENOSYS: not in this build; or another -errno. */
int steer_by_id_make(int map);

/* Attaches the program to the whole group of that socket, in place of the present one. 0 or
 * -errno. */
int steer_socket_attach(int fd, int program);

/* Takes the program from the group of that socket. 0; -ENOENT: there was none; or another
 * -errno. */
int steer_socket_detach(int fd);

/*
 * Calls fn for each program made by steer_program_make() that is loaded, until fn returns other
 * than 0, which is then returned. The descriptors in *p are closed after the call; fn keeps one by
 * setting it to -1 there. 0; -ENOSYS: before Linux 4.13; -EPERM: CAP_BPF or CAP_SYS_ADMIN is
 * missing; or another -errno.
 */
typedef int steer_program_fn(struct steer_program *p, void *arg);
int steer_programs_each(steer_program_fn *fn, void *arg);

/*
 * Looks for programs that route these sockets, which all have one address. *ret_program: a
 * descriptor of nginx's own program, which uses the map with the number own_map and no other; -1:
 * there is none. Programs of steer_by_id_make() are passed over. 0; -EBUSY: somebody else's program
 * routes them; or another -errno.
 */
int steer_rival(const struct quic_socket *sockets, size_t count, uint32_t own_map,
		int *ret_program);

#endif
