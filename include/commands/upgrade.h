/* The handover as upgrade and reload do it, within a session that has begun. */
#ifndef COMMANDS_UPGRADE_H
#define COMMANDS_UPGRADE_H

#include "commands/session.h"

/* From the checks to the words after it. Returns the exit code. No handover may be under way. */
int upgrade_in_session(struct session *s);

/* What is said where one is; returns the exit code. */
int upgrade_refuse_unfinished(const struct session *s);

#endif
