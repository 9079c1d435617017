/* The words about HTTP/3: what a handover costs it, and what one has left behind. */
#ifndef COMMANDS_REPORT_QUIC_H
#define COMMANDS_REPORT_QUIC_H

#include "core/preflight.h"
#include "core/run.h"

/* Before a handover, where the configuration listens for HTTP/3. */
void report_quic_cost(const struct preflight *p);

/*
 * "of 4 UDP sockets on *:443 2 have no reader: about that share of the new HTTP/3 clients ...", and
 * what to do; without a full stop. Returns ret.
 */
const char *report_quic_unread(const struct quic_unread *u, char *ret, size_t size);

/* At the end of a run: sockets without a reader, or what an old generation that drains takes from
 * the new one. */
void report_quic_end(const struct run *run);

/* The same of what stands now; it costs a look. */
void report_quic_look(const struct world *w, const struct facts *f);

#endif
