/* Completes or undoes a handover that is under way, in a session that is open. */
#ifndef COMMANDS_RESUME_H
#define COMMANDS_RESUME_H

#include "commands/session.h"

/*
 * Completes a handover that is under way; with run.ask.hold_us until the old master is held.
 * Returns the exit code.
 */
int resume_forward(struct session *s);

/*
 * Undoes a handover that is under way. run.fault may say why; FAULT_NONE: the user asked for it.
 * Returns the exit code.
 */
int resume_back(struct session *s);

#endif
