/*
 * What a package's hook does, and the one line that it prints about that. Private to
 * commands/package_*.c.
 */
#ifndef COMMANDS_PACKAGE_ACT_H
#define COMMANDS_PACKAGE_ACT_H

#include <stddef.h>

#include "commands/package_look.h"
#include "commands/session.h"
#include "core/package.h"

/*
 * A handover to what is installed; or back to what served before. The session has the lock, and
 * package_look() has filled *l. Return the exit code after they have printed everything; l->now is
 * updated.
 */
int package_hand_over(struct session *s, struct package_look *l);
int package_go_back(struct session *s);

/*
 * The update has ended nginx: puts back what served before, and has the service started. The
 * session has the lock, which is released before the start, since that may need it. Returns the
 * exit code after it has printed everything.
 */
int package_heal(struct session *s, struct package_look *l);

/* Prints the line of a move that does nothing; returns the exit code. */
int package_say(const struct session *s, const struct package_look *l, enum package_move move);

/*
 * After a failed handover: what the next boot or restart will make of the file at the path, as a
 * clause that begins with "; ", or "". code: the exit code of the handover. Returns ret.
 */
const char *package_next_boot(struct session *s, int code, char *ret, size_t size);

#endif
