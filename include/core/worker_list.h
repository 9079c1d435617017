/*
 * The list of a generation's workers. Private to core/workers.c, core/worker_list.c and
 * core/leftovers.c. In a look:
 *
 *	list_take, list_set_title for each child -> list_forget_gone -> list_note_new_set ->
 *list_count
 */
#ifndef CORE_WORKER_LIST_H
#define CORE_WORKER_LIST_H

#include "core/workers.h"

/* NULL: there is none. */
struct worker *list_find(const struct generation *g, pid_t pid);

/* Adds the child if it is not known yet; *ret is NULL where it has gone. 0 or -errno. */
int list_take(struct generation *g, pid_t child, struct worker **ret);

/* What was forked looks like a worker until it executes the new binary. */
void list_drop(struct generation *g, const struct worker *worker);

void list_set_title(struct generation *g, struct worker *worker, enum title title);

/* A worker whose master is dead is no child that a look comes by: its title is read here. */
void list_look_at_orphan(struct worker *worker);

/* Drops those who are gone; who vanished without leaving first has died. */
void list_forget_gone(struct generation *g);

/* Notices that the master has read its configuration anew; see there. */
void list_note_new_set(struct generation *g, const struct generation_facts *now);

void list_count(const struct generation *g, struct generation_facts *ret);

#endif
