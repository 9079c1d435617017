/*
 * What the sockets of the two generations show: who has had QUIT, and which sockets nobody would
 * read after WINCH. Private to core/observe.c and core/world.c.
 *
 * The calls return 0 also where the kernel permits no look, and then leave the facts as they were;
 * or -errno: a look failed.
 */
#ifndef CORE_LOOK_SOCKETS_H
#define CORE_LOOK_SOCKETS_H

#include "core/facts.h"
#include "core/world.h"

/*
 * Looks whether the old master listens, and whether others listen beside it. The result is kept in
 * *w.
 */
int world_look_at_sockets(struct world *w);

/*
 * Fills the facts new_listens, quitting, closing and winch_stalls of a look. Those about masters
 * and workers must be known.
 */
int look_at_sockets(struct world *w, struct facts *f);

#endif
