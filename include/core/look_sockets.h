/*
 * What the sockets of the two generations tell: who has had QUIT, and what WINCH would leave to
 * nobody. Private to core/observe.c and core/world.c.
 *
 * All answer 0, also where the kernel lets nobody look, and then the facts are as they were; or
 * -errno: a look failed.
 */
#ifndef CORE_LOOK_SOCKETS_H
#define CORE_LOOK_SOCKETS_H

#include "core/observe.h"

/* Whether the old master listens, and whether others listen beside it; kept in *w. */
int world_look_at_sockets(struct world *w);

/* Facts of a look whose masters and workers are known: new_listens, quitting, closing,
 * winch_stalls. */
int look_at_sockets(struct world *w, struct facts *f);

#endif
