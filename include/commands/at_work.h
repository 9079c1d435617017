/*
 * Another run of nginx-handover that is at work on the same nginx. A command at a second terminal
 * can tell it by a signal to go back or to hurry, and then waits for its end. lock_holder() proves
 * which process it is.
 *
 *	session_find -> at_work_turn_back, at_work_go_on -> (false: session_look, ...) ->
 *session_end
 *
 * These two return true where there is an answer: *ret_code is the exit code or COMMAND_OVER, and
 * everything has been printed. False: there was no such run, or its end does not answer the
 *command. Then the session has the lock, and the command goes on by itself.
 */
#ifndef COMMANDS_AT_WORK_H
#define COMMANDS_AT_WORK_H

#include <stddef.h>

#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"

/* Sends SIGINT, as Ctrl-C does: before QUIT to the old master, the run turns back. */
bool at_work_turn_back(struct session *s, const char *verb, int *ret_code);

/* Sends SIGUSR1: the run sends QUIT without waiting for the old generation's clients (core/run.h).
 */
bool at_work_go_on(struct session *s, const char *verb, int *ret_code);

/*
 * Waits until the other run has ended, or only waits itself (it watches the new generation, or
 * waits for the old one's clients). In the second case both masters are in their event loops, and a
 * signal that changes nothing in the handover may be sent to them. The wait is bounded by the
 * timeouts of the settings. True: the run is still at work, and only waits.
 */
bool at_work_waits(struct session *s);

/* Whether there is a run that has sent QUIT and only waits for the old generation's clients. Does
 * not wait. */
bool at_work_drains(struct session *s);

enum at_work_state { AT_WORK_NOBODY, AT_WORK_RUN, AT_WORK_UNKNOWN };

/*
 * Whether a run is at work on the nginx that these settings are about. ret: who, such as "upgrade
 * (pid 7)". AT_WORK_UNKNOWN: the caller is not root and cannot see root's locks.
 */
enum at_work_state at_work_look(const struct settings *settings, const struct site *site, char *ret,
				size_t size);

#endif
