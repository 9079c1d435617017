/* Forward and back from a handover that is under way, in a session whose world was looked at. */
#ifndef COMMANDS_RESUME_H
#define COMMANDS_RESUME_H

#include "commands/session.h"

/* To the end, or until it is held, where run.ask.hold_us says so. The exit code. */
int resume_forward(struct session *s);

/* To the old generation; where run.fault is set, because of that. The exit code. */
int resume_back(struct session *s);

#endif
