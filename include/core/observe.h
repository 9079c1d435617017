/*
 * One look at the world, turned into facts. Nothing else reads processes and files of nginx during
 * a handover.
 */
#ifndef CORE_OBSERVE_H
#define CORE_OBSERVE_H

#include "core/facts.h"
#include "core/world.h"
#include "init/init.h"

/*
 * Looks once. The order of the reads matters: first whether the masters are idle, then what they
 * have done; see "idle" in core/facts.h. 0, or -errno: a read failed. Then *ret is untouched,
 * nobody counts as dead, and the next look reads everything again.
 */
int observe(struct world *w, struct facts *ret);

/*
 * Adds to *f what the init system makes of the two masters: v is its verdict, given before that
 * look. Where the verdict names a pid file that leads the init system to the new master, the file
 * must name the new master already.
 */
void observe_verdict(const struct world *w, const struct init_verdict *v, struct facts *f);

/* A handover is under way: there are two masters, or PID.oldbin, or the old master has had QUIT. */
bool world_unfinished(const struct facts *f);

#endif
