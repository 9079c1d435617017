/*
 * Fills in an entry of the history from a session. For history_note.c, which writes it.
 */
#ifndef COMMANDS_HISTORY_ENTRY_H
#define COMMANDS_HISTORY_ENTRY_H

#include <stdbool.h>

struct handover;
struct session;

/* Whether the run that has ended was a handover and did something. */
bool history_is_handover(const struct session *s);

/* Who asked for what, and when. All else becomes 0. */
void history_fill_who(const struct session *s, struct handover *one);

/* Both versions, and the path of the binary. */
void history_fill_versions(const struct session *s, struct handover *one);

/* The whole entry of a handover that has ended with this code. */
void history_fill_ended(const struct session *s, int code, struct handover *one);

#endif
