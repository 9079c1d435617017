/*
 * The probes that the settings ask for, in one session. Their state belongs to the session: it is
 * made by the first of these calls that needs it, and freed by session_end().
 *
 *	probing_requests, probing_check -> preflight -> probing_before -> probing_ask -> drive
 */
#ifndef COMMANDS_PROBING_H
#define COMMANDS_PROBING_H

#include "commands/session.h"
#include "core/preflight.h"
#include "core/problems.h"
#include "nginx/http_requests.h"

/*
 * Before any signal: whether the command of --probe can be executed at all. False: *problems says
 * why not.
 */
bool probing_check(struct session *s, struct problems *problems);

/*
 * After probing_check(): whether the program that the command begins with exists. ret_word: its
 * name. See core/probe_command.h.
 */
bool probing_found(const struct session *s, char ret_word[PATH_MAX]);

/* After probing_check(): closes the command, which will not be executed. */
void probing_forget(struct session *s);

/*
 * For preflight.http, which fills it in: the requests of --probe-http. They belong to the session.
 * NULL: the settings do not ask for them.
 */
struct http_requests *probing_requests(struct session *s);

/*
 * The checks have passed: sends the requests of --probe-http to the generation that serves now, and
 * waits for the answers, which those of the new generation are compared with. 0, or the exit code
 * where the user has interrupted it.
 */
int probing_before(struct session *s);

/*
 * Adds the probes to the run. To be called once, before session_drive(). p: the preflight of this
 * run, which must stay until the run has ended; NULL: another run has begun the handover.
 */
void probing_ask(struct session *s, const struct preflight *p);

/* Frees the state of the probes. Of session_end(). */
void probing_end(struct session *s);

#endif
