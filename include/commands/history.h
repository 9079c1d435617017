/*
 * The history of handovers (core/handovers_file.h): what writes it, and how an entry is printed. It
 * has no stops, no reloads, and no handovers that were refused before any signal.
 *
 * A handover gets an entry before anything is done, so that a run that is killed has one, too: the
 * next run finds that entry without an end.
 *
 *	history_begin -> history_note
 *	history_restart_begin -> history_restart_end
 */
#ifndef COMMANDS_HISTORY_H
#define COMMANDS_HISTORY_H

#include <stdint.h>

#include "commands/session.h"
#include "core/handovers.h"
#include "nginx/builds.h"
#include "trust/path.h"

/* Before session_drive() begins: writes an entry, if it is going to be a handover. */
void history_begin(struct session *s);

/*
 * After session_drive() ended with this exit code, while the world is still open: writes how the
 * handover ended, if it was one, and prints that to the log and with --json. Where the history
 * cannot be written, prints a warning; nothing else depends on it.
 */
void history_note(struct session *s, int code);

/*
 * A rollback by a restart, which session_drive() does not do. begin: while the session has its
 * world; version: of the build that is started. end: with the exit code of the restart; needs no
 * session.
 */
struct history_restart {
	struct builds at; /* name "": the history cannot be written */
	struct handover one;
	uint64_t began_us;
};
void history_restart_begin(struct session *s, const char *version, struct history_restart *ret);
void history_restart_end(struct history_restart *h, int code);

/*
 * Whether the last handover was between the masters of this world and was to be held; until when
 * (seconds since 1970) is filled in. It is held still, or its run was killed before that. The new
 * master may have died since.
 */
bool history_was_held(const struct session *s, uint64_t *ret_until_s);

/* Prints a warning that the file at path is not used. error: -errno; why: with -EPERM. */
void history_say_unused(const char *path, int error, const struct distrust *why);

/* Prints an entry as an event "handover": on the terminal as a line of a list; or only to the log
 * and with --json. */
void history_say(const struct handover *one, bool on_terminal);

#endif
