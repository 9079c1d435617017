/*
 * What can be seen of HTTP/3: UDP sockets that nobody reads, and a program of ours that decides
 * which socket gets a client.
 */
#ifndef CORE_LOOK_HTTP3_H
#define CORE_LOOK_HTTP3_H

#include "core/facts.h"
#include "core/world.h"
#include "nginx/quic_sockets.h"

struct run;

/*
 * As quic_unread_look(), of the master of g and those of its workers that accepted in the last
 * look. -ENOENT: none accepts.
 */
int generation_unread(const struct generation *g, struct quic_unread *ret);

/* Whether workers of g that accept read sockets of QUIC. Also false where that cannot be seen. */
bool generation_serves_http3(const struct generation *g);

/* As quic_contested_look(): sockets of new_one that workers of old_one which leave still read. */
int generation_contested(const struct generation *new_one, const struct generation *old_one,
			 struct quic_contested *ret);

/*
 * The fact `unread`, of the one master that is left when nobody of another generation lives. Only
 * where w->quic asks for it. Where it cannot be read the fact stays 0, and no look fails for it.
 */
void look_at_unread(const struct world *w, struct facts *f);

/*
 * The facts `steered` and `switched`, likewise. The kernel is asked at the begin of the run, after
 * an action of this run about it, and when a master has come or gone.
 */
void look_at_steering(struct world *w, struct facts *f);

/* Fills run->unread at the end of the run, from its outcome and the last look. */
void run_note_unread(struct run *run);

#endif
