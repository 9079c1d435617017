/*
 * The children of a master in each look. Private to core/observe.c, core/world.c and core/act.c;
 * commands/stop.c begins a generation of its own.
 */
#ifndef CORE_WORKERS_H
#define CORE_WORKERS_H

#include "core/facts.h"
#include "core/world.h"
#include "trust/path.h"

/*
 * Makes pid the master of g, which then has no known workers, if it is a vetted process of b->user.
 * 0; -ESRCH: it is gone; -EPERM: it is not such a process; or -errno: a look failed.
 */
int generation_begin(struct generation *g, pid_t pid, const struct believed *b);

/* Releases what g holds. Accepts a zeroed one. */
void generation_end(struct generation *g);

/*
 * Looks at the children of the master of g, counts them into *ret, and notices which workers have
 * vanished. ret->alive must be set.
 *
 * other_master: a child of g that is no worker; 0: none. named: the pid in the pid file, or 0.
 * *ret_newcomer (may be NULL): the pid of a new master, if there is one. An intruder is noted in
 * *w. -errno: a look failed and has to be repeated.
 */
int workers_look(struct world *w, struct generation *g, struct generation_facts *ret,
		 pid_t other_master, pid_t named, pid_t *ret_newcomer);

#endif
