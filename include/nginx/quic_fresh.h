/*
 * Sends USR2 in such a way that the new master opens QUIC sockets of its own, since steering can
 * only send new clients to sockets that the old generation does not have. How it works:
 * trust/usr2_fresh.h. With quic_bpf this is not needed: nginx itself does not hand its QUIC sockets
 * over then.
 */
#ifndef NGINX_QUIC_FRESH_H
#define NGINX_QUIC_FRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "nginx/config_scan.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_taken.h"
#include "os/file_id.h"
#include "trust/subject.h"
#include "trust/usr2_fresh.h"

/*
 * Whether an ordinary USR2 would hand QUIC sockets over to the new master: those that were taken of
 * the old one, unless it has a map, as with quic_bpf. 0; or -ENOTSUP: it would, and one of them
 * belongs to a `listen` without `reuseport`, of which a new master cannot open another.
 */
int quic_fresh_needed(const struct quic_taken *taken, const struct quic_maps *maps, bool *ret);

/*
 * The addresses that are served now and that the new configuration (`scan`) drops, or listens on
 * without `reuseport`. There the new master has to inherit the socket, to close it or to use it.
 * They are written to ret_where for people. "": there are none, or quic_bpf is on, or it could not
 * be found out.
 */
void quic_fresh_moves(const struct subject *master, const pid_t *workers, size_t count,
		      const struct config_scan *scan, char ret_where[QUIC_WHERE_SIZE]);

/* usr2_fresh() with all QUIC sockets of the master. -ENOENT: it has none, and nothing was sent. */
int quic_fresh_usr2(const struct subject *master, const struct file_id *wanted,
		    struct usr2_freshened *ret);

#endif
