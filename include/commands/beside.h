/*
 * What serves beside the nginx that is meant: a second master, or workers whose master is dead
 * (core/strays.h).
 */
#ifndef COMMANDS_BESIDE_H
#define COMMANDS_BESIDE_H

#include "commands/session.h"
#include "core/strays.h"

/*
 * For a command that has the lock. dead_master: the number in the pid file, where no nginx was
 * found behind it; else 0. To prove which of the processes belong to this nginx, the binary that
 * would be started is asked for its configuration, as the user that it would be started as; not
 * where others can change that binary. Prints nothing. 0, or -errno: a look failed, and *ret may be
 * incomplete.
 */
int beside_find(struct session *s, pid_t dead_master, struct strays *ret);

/*
 * For a command that found no nginx: looks as beside_find() does, but proves nothing and needs no
 * lock. Tells the init system that nginx has stopped, if nothing of it serves any more. (That it
 * runs is told by session_open_world().)
 */
void beside_note_stopped(struct session *s);

/* For a command that has the lock and found no master: prints a warning that names what still
 * serves, if anything does. */
void beside_say(struct session *s);

#endif
