/* Which probes a run gets, from the settings. */
#ifndef COMMANDS_PROBING_H
#define COMMANDS_PROBING_H

#include "commands/session.h"
#include "core/preflight.h"

/*
 * Before any signal: whether what is asked for can be executed at all. False with the problems.
 */
bool probing_check(struct session *s, struct problems *problems);

/* For preflight.http: to be filled in, or NULL. */
struct http_requests *probing_requests(const struct settings *settings);

/*
 * When the handover is sure to be tried: asks what serves, to compare with later; it waits for the
 * answers. 0, or the exit code: interrupted.
 */
int probing_before(struct session *s);

/*
 * To be called once after that and before session_drive(), of a run that hands over. p: its
 * preflight, which stays until the run has ended; NULL: of a handover that others began, there was
 * none.
 */
void probing_ask(struct session *s, const struct preflight *p);

#endif
