/*
 * How a command ended, for the last event of --json: one word, and whether it has changed what
 * serves or what is installed. An undone handover has not.
 */
#ifndef COMMANDS_VERDICT_H
#define COMMANDS_VERDICT_H

#include <stdbool.h>

#include "commands/settings.h"

/* Something was changed, and stays so. To be called wherever that is seen. */
void verdict_changed(void);

/* A handover is over, and clients are known or feared to have been cut: that is not "done". */
void verdict_lossy(void);

/* verb 0: none was known. The words are listed in doc/events.schema.json. */
const char *verdict_word(unsigned verb, int code);

/* The last event, said by say_close(). name: of the verb, or "". */
void verdict_say(const char *name, unsigned verb, int code, const char *message);

#endif
