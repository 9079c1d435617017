/*
 * The list of a generation's workers. In each look, by core/workers.c:
 *
 *	list_take, list_set_title for each child
 *		-> list_forget_gone -> list_note_new_set -> list_count
 */
#ifndef CORE_WORKER_LIST_H
#define CORE_WORKER_LIST_H

#include "core/facts.h"
#include "core/world.h"
#include "nginx/title.h"
#include "os/file_id.h"
#include "os/process.h"

/* NULL: there is none. */
struct worker *list_find(const struct generation *g, pid_t pid);

/* Adds the child if it is not known yet. *ret is NULL where it has gone. 0 or -errno. */
int list_take(struct generation *g, pid_t child, struct worker **ret);

/* Removes a child that turned out to be no worker: after the fork it looks like one until exec. */
void list_drop(struct generation *g, const struct worker *worker);

void list_set_title(struct generation *g, struct worker *worker, enum title title);

/* Reads the title of a worker whose master is dead: it is nobody's child that a look comes by. */
void list_look_at_orphan(struct worker *worker);

/* Removes the workers that are gone. One that vanished before it was seen to leave has died. */
void list_forget_gone(struct generation *g);

/* Notices that the master has read its configuration again; see the comment at its definition. */
void list_note_new_set(struct generation *g, const struct generation_facts *now);

void list_count(const struct generation *g, struct generation_facts *ret);

/*
 * Adds a process that was found by other means than as a child, to a generation whose master is
 * dead. All workers of a generation execute one file. 1: added; 0: it is known, or executes another
 * file; or -errno.
 */
int generation_adopt(struct generation *g, const struct process *p, const struct file_id *image_id);

/* Before HUP: workers that exist now have the old configuration, later ones the new. */
void workers_before_hup(struct generation *g);

/*
 * The caller has seen that the master's children are the same as in the last look. True: that is as
 * good as a look. False: their set was not complete yet, so that only a look can tell.
 */
bool workers_same(struct generation *g);

#endif
