/*
 * Processes that are left of earlier generations and that no look has seen: workers whose master
 * died between two looks, or a new binary whose first process forked and exited. Nothing connects
 * them to a known process, so all processes are searched.
 */
#ifndef CORE_LEFTOVERS_H
#define CORE_LEFTOVERS_H

#include "core/world.h"
#include "nginx/addresses.h"

/*
 * Searches all processes for those that hold a listening socket of nginx. Where this run has sent
 * USR2 it also finds processes that were started after this run, execute the new binary, and listen
 * where nginx does. `listened`: where nginx listens, or did, by inode. A process whose exec the
 * kernel does not vouch for (trust/subject.h) is no leftover, nor is a child of a living master.
 *
 * What is found goes into w->new, whose master must be dead, as its orphans. One search takes only
 * processes that execute the same file; the next search takes others. Returns how many were taken,
 * or -errno.
 */
int leftovers_search(struct world *w, const struct addresses *listened, bool sent_usr2);

#endif
