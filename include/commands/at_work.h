/*
 * Another run that is at work on this nginx, reached from a second terminal: told to go back, or to
 * go on, and waited for. Who it is, is proven as lock_holder() does.
 *
 *	session_find -> at_work_... -> (< 0: session_look, ...) -> session_end
 *
 * Both return the exit code, with everything said, or -1: nothing came of it that would be the
 * answer, and the lock of the session has been taken, so that the command goes on by itself.
 */
#ifndef COMMANDS_AT_WORK_H
#define COMMANDS_AT_WORK_H

#include "commands/session.h"

/* Before QUIT to the old master it is interrupted as with Ctrl-C: it turns back. */
int at_work_turn_back(struct session *s, const char *verb);

/* SIGUSR1: it goes on to QUIT without waiting for clients of the old generation (core/run.h). */
int at_work_go_on(struct session *s, const char *verb);

/*
 * Waits for the end of a run that is at work, or until it only waits itself (it watches the new
 * generation, or clients of the old one): then both masters are in their loops, and take a signal
 * that changes nothing. Bounded by the times of the settings. True: it is at work, and waits.
 */
bool at_work_waits(struct session *s);

/* The same, without a wait, of one that waits for nothing but clients of the old generation. */
bool at_work_drains(struct session *s);

enum at_work_state { AT_WORK_NOBODY, AT_WORK_RUN, AT_WORK_UNKNOWN };

/* Who is at work on what these settings are about, "upgrade (pid 7)". Not known to who isn't root.
 */
enum at_work_state at_work_look(const struct settings *settings, const struct site *site, char *ret,
				size_t size);

#endif
