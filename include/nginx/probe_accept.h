/*
 * The probe that every handover has unless it is told not to: that a new generation reads what the
 * old one read, and accepts.
 *
 * - Each TCP and unix socket on which the new master listens is in the epoll set of one of its
 *   workers, and of each UDP address that the old generation read at least one socket is. But not
 *   those that the old workers did not read either: of QUIC with quic_bpf some are read by nobody
 *   after an upgrade.
 * - Each address that the old generation served and that the new configuration still names is
 *   served.
 * - On each address of HTTP a worker accepts, see nginx/accept_connect.h. Stream and mail are not
 *   connected to: that would reach the application behind, or be answered.
 *
 * What cannot be told is no failure, and is said.
 *
 *	accept_probe_note_old, config set -> (accept_probe_begin -> accept_probe_step ... ->
 *	accept_probe_end) ... -> accept_probe_free
 */
#ifndef NGINX_PROBE_ACCEPT_H
#define NGINX_PROBE_ACCEPT_H

#include "nginx/accept_connect.h"
#include "nginx/accept_sockets.h"
#include "nginx/addresses.h"
#include "nginx/config_scan.h"
#include "nginx/probe.h"
#include "trust/subject.h"

/* For each proof. TCP_DEFER_ACCEPT takes a second; a worker that is held up serves nobody. */
#define PROBE_ACCEPT_USUAL_US 3000000u

/* What a configuration says of where it listens. */
struct accept_config {
	struct addresses named; /* TCP and unix */
	struct addresses datagrams;
	struct addresses http; /* of `named` */
};

/* by_root: who starts it may have port 80. 0 or -ENOMEM, and *ret is free. */
int accept_config_of(const struct config_scan *scan, bool by_root, struct accept_config *ret);
void accept_config_free(struct accept_config *c);

struct accept_probe {
	/* Inputs; begins zeroed. */
	const struct accept_config *config; /* that the new generation has read; NULL: not known */
	uint64_t limit_us;                  /* for each proof; 0: the usual */

	/* Its own. */
	bool old_is_noted;
	struct accept_sockets old;
	struct accept_sockets now; /* of the new master */
	struct accept_connect connect;
	const struct accept_socket *missing; /* of `old`, in `now` */
	uint64_t began_us;
	bool all_read;
};

/*
 * What the old generation listens on, and its workers read, while it serves. Without it, all that
 * the old master holds when the probe begins counts as read, but for UDP. 0 or -errno.
 */
int accept_probe_note_old(struct accept_probe *p, pid_t master, const pid_t *workers, size_t count);

/* old_master: 0: it is gone. 0 or -errno. */
int accept_probe_begin(struct accept_probe *p, pid_t old_master, const struct subject *new_master,
		       const struct believed *believed);

/* See nginx/probe.h; the workers are those of the new generation that accept now. */
enum probe_state accept_probe_step(struct accept_probe *p, const pid_t *workers, size_t count,
				   struct probe_text *ret);
void accept_probe_end(struct accept_probe *p);

/* Accepts a zeroed one. The configuration is the caller's. */
void accept_probe_free(struct accept_probe *p);

#endif
