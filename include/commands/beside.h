/*
 * What serves beside the nginx that is meant: a second master, workers whose master is dead. For a
 * command that has the lock.
 */
#ifndef COMMANDS_BESIDE_H
#define COMMANDS_BESIDE_H

#include "commands/session.h"
#include "core/strays.h"

/*
 * dead_master: the number in the pid file where no nginx was found behind it, or 0. What can be
 * proven is, by asking the binary that would be started for its configuration, as whom it would be
 * started; it is executed only where nobody else can change it. Nothing is said. 0, or -errno: a
 * look failed, and *ret is not all that there is.
 */
int beside_find(struct session *s, pid_t dead_master, struct strays *ret);

/*
 * For a command that found no nginx: the init system is told that nothing is left, unless something
 * is. The same look without the proof; no lock is needed. (That one runs is told by
 * session_open_world().)
 */
void beside_note_stopped(struct session *s);

/* Names what serves though no master of this nginx was found; says nothing where nothing does. */
void beside_say(struct session *s);

#endif
