/*
 * Steers HTTP/3 during a handover: new flows go to the new generation, flows that are known go on
 * to the old one. A flow is all packets that come from one address and port of a client. The choice
 * is made in the kernel, by a BPF program of ours (type SK_REUSEPORT) that is attached to each
 * group of sockets of one address.
 *
 *	quic_steer_attach (before USR2) -> quic_steer_switch(NEW) (once the new workers read)
 *		-> quic_steer_detach (the old generation is gone)
 *	undo: quic_steer_switch(BACK) -> the new generation is ended -> quic_steer_detach
 *
 * These calls keep no state: each finds the program and its maps by the kernel's list of loaded
 * programs. So another run can carry on where one was killed. The exception is in
 * nginx/quic_steer_own.h.
 */
#ifndef NGINX_QUIC_STEER_H
#define NGINX_QUIC_STEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "nginx/quic_sockets.h"
#include "trust/subject.h"

/* Where new flows go. */
enum quic_steer_to {
	QUIC_STEER_NONE, /* no program of ours is attached to sockets of these masters */
	QUIC_STEER_OLD,  /* attached: all flows go to the old generation, as before */
	QUIC_STEER_NEW,  /* new flows to the new generation */
	QUIC_STEER_BACK  /* undone: new flows to the old generation; the new one keeps its flows */
};

struct quic_steer {
	enum quic_steer_to to;
	unsigned groups;             /* addresses that are steered */
	bool fresh;                  /* by quic_steer_attach() only: see quic_fresh_needed() */
	const char *step;            /* what failed, as an infinitive; "": nothing */
	char where[QUIC_WHERE_SIZE]; /* the addresses that are steered */
};

/* Whether the BPF program was compiled into this build. */
bool quic_steer_built(void);

/* Looks at what is loaded in the kernel; changes nothing. new_master NULL: there is none. 0 or
 * -errno. */
int quic_steer_look(const struct subject *old_master, const struct subject *new_master,
		    struct quic_steer *ret);

/* Makes the map of flows, which takes milliseconds: the rest of quic_steer_attach() takes fewer. A
 * descriptor for the caller to close, or -errno. */
int quic_steer_prepare(void);

/*
 * Attaches a program to each group of QUIC sockets of the old master that its workers read: to all
 * groups, or on failure to none. `workers` are the old master's. `flows`: of quic_steer_prepare(),
 * and still the caller's; negative: it is made here.
 *
 * 0; -ENOSYS: this kernel or this build cannot; -EPERM: refused by Yama, SELinux or for lack of a
 * capability; -EALREADY: a program of ours is attached; -EBUSY: a program of somebody else routes
 * these sockets (a newer nginx, Angie); -ENOTSUP: a `listen` has no `reuseport`; -ENOENT: no QUIC
 * socket is read; -ESRCH: the master has gone, or its pid is another process; or another -errno.
 */
int quic_steer_attach(const struct subject *old_master, const pid_t *workers, size_t count,
		      int flows, struct quic_steer *ret);

/*
 * Sends new flows to the new generation (`to` is QUIC_STEER_NEW) or to the old one again
 * (QUIC_STEER_BACK; new_master may be NULL then, and workers do not matter). 0; -ENOENT: no program
 * of ours is attached; -EAGAIN: not all sockets of the new master are read by its workers yet; or
 * another -errno.
 */
int quic_steer_switch(const struct subject *old_master, const struct subject *new_master,
		      const pid_t *new_workers, size_t count, enum quic_steer_to to,
		      struct quic_steer *ret);

/* Takes the program from all groups, and puts nginx's own one back where there was one. `master` is
 * the one that stays. 0, also where there was nothing to do; -EBUSY: it is still loaded; or another
 * -errno. */
int quic_steer_detach(const struct subject *master, struct quic_steer *ret);

#endif
