/* What the hook of a package does, and the one line that it says about it. Private to
 * commands/package_*.c. */
#ifndef COMMANDS_PACKAGE_ACT_H
#define COMMANDS_PACKAGE_ACT_H

#include "commands/package_look.h"

/*
 * In a session that has the lock and has looked: a handover to what is installed, or back to what
 * served before. The exit code, with everything said. l->now is filled in with what came of it.
 */
int package_hand_over(struct session *s, struct package_look *l);
int package_go_back(struct session *s);

/* Puts back what served before and has the service started. No lock may be held, no world be open.
 */
int package_heal(struct session *s, struct package_look *l);

/* What is only said; the exit code. */
int package_say(const struct session *s, const struct package_look *l, enum package_move move);

/*
 * "", or what the next start makes of the file at the path, where a handover to it has failed: a
 * clause that begins with "; ". code is that of the handover. Returns ret.
 */
const char *package_next_boot(struct session *s, int code, char *ret, size_t size);

#endif
