/*
 * The children of a master, from look to look. Private to core/observe.c,
 * core/world.c and core/act.c.
 */
#ifndef CORE_WORKERS_H
#define CORE_WORKERS_H

#include "core/observe.h"

/*
 * Takes pid as the master of a generation that has no known workers yet, if it is a vetted process
 * of that user. -ESRCH when it is gone; -EPERM when it is not; or -errno: a look failed.
 */
int generation_begin(struct generation *g, pid_t pid, const struct believed *b);

void generation_end(struct generation *g);

/*
 * Looks at the children of g's master, counts them into *ret, and notices who vanished. The child
 * other_master is not a worker. The pid of a new master goes to *ret_newcomer, where that is not
 * NULL; named is the pid that the pid file holds, or 0. An intruder is noted in *w. ret->alive must
 * be known. -errno: a look failed, and is to be made anew.
 */
int workers_look(struct world *w, struct generation *g, struct generation_facts *ret,
		 pid_t other_master, pid_t named, pid_t *ret_newcomer);

/*
 * Takes a process that was found by other means than as a child into a generation whose master is
 * dead, as a worker. A generation executes one file. 1 or 0: it is known, or of another file; or
 * -ENOMEM.
 */
int generation_adopt(struct generation *g, const struct process *p, const struct file_id *image_id);

/* The parent hands its listening sockets to the new binary, and to nobody else, in a variable: 1,
 * 0, or -errno. */
int has_inherited_listeners(pid_t pid);

/* To be called right before HUP: who is there now has the old configuration, who comes has the new.
 */
void workers_before_hup(struct generation *g);

#endif
