/* What is printed about HTTP/3: what a handover costs it, and what a handover has left behind. */
#ifndef COMMANDS_REPORT_QUIC_H
#define COMMANDS_REPORT_QUIC_H

#include <stddef.h>

#include "core/decide.h"
#include "core/facts.h"
#include "core/preflight.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_sockets.h"
#include "trust/subject.h"

/*
 * Before a handover: prints what it costs HTTP/3, where the configuration listens for that.
 * setting: of QUIC=.
 */
void report_quic_cost(const struct preflight *p, const char *setting);

/*
 * "of 4 UDP sockets on *:443 2 have no reader: about that share of the new HTTP/3 clients ...", and
 * what to do, which depends on what the kernel allows with that master's sockets. Without a full
 * stop. Returns ret.
 */
const char *report_quic_unread(const struct quic_unread *u, const struct subject *master, char *ret,
			       size_t size);

/*
 * For an error of quic_heal() or quic_heal_possible(): why sockets without a reader cannot be taken
 * out of use ("they cannot be ..."; returns ret); and what to do about them.
 */
const char *report_quic_no_heal(int error, char *ret, size_t size);
const char *report_quic_way(int error);

/* Prints how many sockets were taken out of use, if there were any. */
void report_quic_healed(const struct quic_healed *h);

/* Prints that the run goes on without this action for HTTP/3; see run_events. */
void report_quic_without(const struct run *run, enum action action);

/*
 * At the end of a handover: prints which sockets were taken out of use, and which have no reader;
 * or, while the old generation drains, that it still gets new clients.
 */
void report_quic_end(const struct run *run);

/* At the end of any run: prints that our BPF program is still attached, because it could not be
 * detached, or because the run is stuck. */
void report_quic_left(const struct run *run);

/*
 * While an old generation drains. The first prints that a BPF program leads new clients away from
 * it, on these addresses, and that the process `watcher` will remove the program; 0: no process
 * will. The second is for a drain without such a program: returns whether the old workers get new
 * clients, and prints that.
 */
void report_quic_attended(const struct world *w, const char *where, pid_t watcher);
bool report_quic_drain(const struct world *w);

/*
 * Prints that the watcher takes these sockets, which old workers still read, out of use when the
 * old master has ended.
 */
void report_quic_later(const struct world *w, const struct quic_unread *u, pid_t watcher);

/*
 * Prints all of this about an nginx that is only looked at ("status"). It looks at sockets, which
 * takes time. watcher: as in report_quic_attended().
 */
void report_quic_look(const struct world *w, const struct facts *f, pid_t watcher);

#endif
