/*
 * The history (core/handovers_file.h): who adds to it, and how an entry is said. One that was
 * refused before any signal is not in it, nor a stop or a reload.
 */
#ifndef COMMANDS_HISTORY_H
#define COMMANDS_HISTORY_H

#include "commands/session.h"
#include "core/handovers.h"

/*
 * After session_drive(), which ended with this code, and while the world is still open: records the
 * handover, if it was one, and says so to the log and with --json. What cannot be recorded is told,
 * and changes nothing.
 */
void history_note(struct session *s, int code);

/* That the file is not used, after -errno, and why. */
void history_say_unused(const char *path, int error, const struct distrust *why);

/* As an event "handover"; to the terminal as a line of a list, or not at all. */
void history_say(const struct handover *one, bool on_terminal);

/* Whoever has no account any more is "uid 1000". Returns ret. */
const char *history_who(uint64_t uid, char *ret, size_t size);

/* Its time, as people here write it. Returns ret. */
const char *history_when(uint64_t seconds, char *ret, size_t size);

#endif
