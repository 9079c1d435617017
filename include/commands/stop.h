/* What stop shares with start. */
#ifndef COMMANDS_STOP_H
#define COMMANDS_STOP_H

#include "commands/session.h"
#include "core/strays.h"
#include "trust/path.h"

/*
 * Ends the strays that beside_find() has found and that are proven to belong to this nginx. The
 * session has the lock; its world is replaced. 0: none of them is left, nor any that is not proven;
 * else the exit code after it has printed why.
 */
int stop_strays(struct session *s, const struct believed *b, struct strays *strays);

#endif
