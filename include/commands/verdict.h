/*
 * How a command ended, for the last event of --json: one word, and whether it has changed anything:
 * what serves, or what is installed. A handover that was undone has not.
 */
#ifndef COMMANDS_VERDICT_H
#define COMMANDS_VERDICT_H

#include <stdbool.h>

/* This process has changed something, and will not undo it. */
void verdict_changed(void);

/* A handover has ended, and may have cost clients their connections: it is not called "done". */
void verdict_lossy(void);

/* The word for an exit code of this verb; verb 0: unknown. doc/events.schema.json lists them. */
const char *verdict_word(unsigned verb, int code);

/* Writes the last event. name: of the verb, or ""; message: why the command was not begun, or NULL.
 */
void verdict_say(const char *name, unsigned verb, int code, const char *message);

#endif
