/*
 * Whether a process is still what the last look has shown, asked right before it is signalled.
 * Private to core/act.c and core/workers.c.
 */
#ifndef CORE_GENUINE_H
#define CORE_GENUINE_H

#include "core/world.h"

/*
 * Whether the process is still the master of g: the same process with the same executable, and
 * titled a master or on its way from exec to its title. 0; -ESRCH: it is not; or -errno: that could
 * not be read.
 */
int generation_genuine(const struct generation *g);

/* The same, then sends the signal. After an error nothing was sent. */
int generation_signal(const struct generation *g, int sig);

/* The same as generation_genuine() for a worker of g: it must not have executed anything since. */
int worker_genuine(const struct generation *g, const struct worker *worker);

/*
 * Whether the environment of the process names listening sockets: a master hands them to the new
 * binary, and to no other child. 1, 0, or -errno.
 */
int has_inherited_listeners(pid_t pid);

#endif
