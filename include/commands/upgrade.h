/* The handover, for upgrade, reload and others. */
#ifndef COMMANDS_UPGRADE_H
#define COMMANDS_UPGRADE_H

#include "commands/session.h"
#include "core/run.h"

/*
 * The whole upgrade in a session that is open: the checks, the handover and what is printed about
 * it. No handover may be under way. Returns the exit code.
 */
int upgrade_in_session(struct session *s);

/* Prints that an earlier handover is unfinished, or held; returns the exit code. */
int upgrade_refuse_unfinished(const struct session *s);

struct preflight;

/*
 * For --dry-run: what changes from the running build to the new one; and, where all checks have
 * passed, what would be done. new_binary: of --binary, or NULL.
 */
void upgrade_say_difference(const struct preflight *p);
void upgrade_say_would(const struct run *run, const char *new_binary);

#endif
