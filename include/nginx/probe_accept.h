/*
 * The probe that each handover has by default. It proves that the new generation reads the sockets
 * that the old one read, and accepts connections:
 *
 * - Each TCP and unix socket that the new master listens on is in the epoll set of one of its
 *   workers. Of each UDP address that the old generation read, at least one socket is. Sockets that
 *   the old workers did not read are left out: after an upgrade with quic_bpf nobody reads some of
 *   QUIC's.
 * - The new generation serves each address that the old one served, if the new configuration still
 *   names it.
 * - On each address of HTTP a worker accepts; see nginx/accept_connect.h. No connection is made to
 *   addresses of stream and mail: it would reach the upstream server, or be answered.
 *
 * If something cannot be found out, that is no failure, and the text says so.
 *
 *	accept_probe_note_old, set `config`
 *	for each probe: accept_probe_begin -> accept_probe_step ... -> accept_probe_end
 *	accept_probe_free
 */
#ifndef NGINX_PROBE_ACCEPT_H
#define NGINX_PROBE_ACCEPT_H

#include <stddef.h>
#include <stdint.h>

#include "nginx/accept_connect.h"
#include "nginx/accept_sockets.h"
#include "nginx/addresses.h"
#include "nginx/config_scan.h"
#include "nginx/probe.h"
#include "trust/path.h"
#include "trust/subject.h"

/* The default of limit_us. With TCP_DEFER_ACCEPT it takes a second until a connection is
 * accepted. */
#define PROBE_ACCEPT_USUAL_US 3000000u

/* The addresses that a configuration listens on. */
struct accept_config {
	struct addresses named; /* TCP and unix */
	struct addresses datagrams;
	struct addresses http; /* of `named` */
};

/* by_root: as of addresses_of_config(). 0, or -ENOMEM: *ret is empty then. */
int accept_config_of(const struct config_scan *scan, bool by_root, struct accept_config *ret);
void accept_config_free(struct accept_config *c);

struct accept_probe {
	/* Inputs; to be zeroed at first. */
	const struct accept_config *config; /* of the new generation; NULL: not known */
	uint64_t limit_us;                  /* for each of the proofs above; 0: the default */

	/* Private. */
	bool old_is_noted;
	struct accept_sockets old;
	struct accept_sockets now; /* of the new master */
	struct accept_connect connect;
	const struct accept_socket *missing; /* of `old`: `now` does not serve it; NULL: none */
	uint64_t began_us;
	bool all_read;
};

/*
 * Remembers what the old generation listens on and its workers read, while it still serves. Without
 * this call, all TCP and unix sockets that the old master has open when the probe begins count as
 * read. 0 or -errno.
 */
int accept_probe_note_old(struct accept_probe *p, pid_t master, const pid_t *workers, size_t count);

/* old_master: 0: it has gone. 0 or -errno. new_master and believed must stay valid until the
 * end. */
int accept_probe_begin(struct accept_probe *p, pid_t old_master, const struct subject *new_master,
		       const struct believed *believed);

/* See nginx/probe.h. */
enum probe_state accept_probe_step(struct accept_probe *p, const struct acceptors *by,
				   struct probe_text *ret);
void accept_probe_end(struct accept_probe *p);

/* Ends and frees everything but `config`. May be called on a zeroed one. */
void accept_probe_free(struct accept_probe *p);

#endif
