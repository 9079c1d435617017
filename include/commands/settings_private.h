/* What the files of the settings share. Private to commands/settings*.c. */
#ifndef COMMANDS_SETTINGS_PRIVATE_H
#define COMMANDS_SETTINGS_PRIVATE_H

#include <stdbool.h>

#include "commands/settings.h"

/* Fills *err, with exit code 2; -1. */
int settings_fail(struct settings_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Likewise, for an argument that is no option. */
int settings_unknown(struct settings_error *err, const char *argument);

/* Whether DRAIN_TIMEOUT and the like is a name that may stand in a settings file. */
bool settings_known(const char *name);

/* One line of a file, called `from` in messages. 0, also for names that are not ours, or -1. */
int settings_by_name(struct settings *s, const char *name, const char *value, const char *from,
		     struct settings_error *err);

#endif
