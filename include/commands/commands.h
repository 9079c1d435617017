/* The verbs. Each takes the settings and returns the exit code; it has said everything itself. */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "commands/settings.h"

/* Of "needed", where it cannot be told: 1 is its "no". */
enum { NEEDED_UNKNOWN = 4 };

/* Of "doctor": 1 is advice; an upgrade that would be refused, for whatever reason. */
enum { DOCTOR_REFUSED = 2 };

int command_start(const struct settings *s);
int command_stop(const struct settings *s);
int command_restart(const struct settings *s);
int command_try_restart(const struct settings *s);
int command_reopen(const struct settings *s);
int command_reload(const struct settings *s);
int command_upgrade(const struct settings *s);
int command_rollback(const struct settings *s);
int command_backups(const struct settings *s);
int command_finish(const struct settings *s);
int command_package_update(const struct settings *s);
int command_doctor(const struct settings *s);
int command_needed(const struct settings *s);
int command_status(const struct settings *s);
int command_history(const struct settings *s);
int command_configtest(const struct settings *s);

/* Runs the verb of this name, between what an init script prints before and after it. */
int command_invoke(const char *name, int (*run)(const struct settings *s),
		   const struct settings *s);

#endif
