/*
 * The verbs. Each takes the settings and returns the exit code, after it has printed everything,
 * its errors too.
 */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "commands/settings.h"
#include "os/exit_code.h"

#define DECLARE_COMMAND(bit, name, function, kind, help) int function(const struct settings *s);
VERBS(DECLARE_COMMAND, VERB_NO_ALIAS)
#undef DECLARE_COMMAND

/*
 * Runs the verb: finds the init system that called (it becomes s->caller), has it print what an
 * init script prints before and after, and returns the exit code.
 */
int command_invoke(const struct verb *verb, const struct settings *s);

/* What --version prints after the version: "", or what this build lacks. */
const char *command_built_without(void);

/* The most files that the init system's adapter has open at once while a command runs. */
unsigned command_descriptors(void);

#endif
