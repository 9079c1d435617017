/* Which probes a run gets, from the settings. */
#ifndef COMMANDS_PROBING_H
#define COMMANDS_PROBING_H

#include "commands/session.h"
#include "core/preflight.h"

/*
 * To be called once before session_drive(), of a run that hands over. p: its preflight, which stays
 * until the run has ended; NULL: of a handover that others began, there was none.
 */
void probing_ask(struct session *s, const struct preflight *p);

#endif
