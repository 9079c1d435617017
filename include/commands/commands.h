/*
 * The verbs. Each takes the settings and returns the exit code, after it has printed everything,
 * its errors too.
 *
 * Inside a command, "0, or the exit code" is the usual result of a step: 0 means that the command
 * goes on, any other ends it. Exit codes are written by name, as lint (exit_codes) sees to.
 */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "commands/settings.h"
#include "commands/verbs.h"

/*
 * In place of an exit code other than 0: the command has ended well before its last step, since
 * nothing is left to be done. command_invoke() makes 0 of it. It is no -errno (-1 would be -EPERM).
 */
enum { COMMAND_OVER = -100000 };

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
