/*
 * What is left of generations that are over, and that no look has seen: workers whose master died
 * between two looks, a new binary whose first process forked and exited. Nothing ties them to
 * anybody who is known, so they are searched for among all processes.
 */
#ifndef CORE_LEFTOVERS_H
#define CORE_LEFTOVERS_H

#include "core/observe.h"
#include "nginx/addresses.h"

/*
 * Searches through all processes for those that hold a listening socket of nginx, or that came
 * this run began, execute the new binary, and listen where nginx does; that only where this run
 * sent USR2. `listened` is where nginx listens or did, by inode. It is no leftover whose exec the
 * kernel does not vouch for, see trust/subject.h, nor a child of a living master.
 *
 * They are taken into w->new, whose master must be dead, as its orphans: those that execute one
 * file, the others at the next search. The number of those that were taken, or -errno.
 */
int leftovers_search(struct world *w, const struct addresses *listened, bool sent_usr2);

#endif
