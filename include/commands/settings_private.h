/* What the files of the settings share. Private to commands/settings*.c. */
#ifndef COMMANDS_SETTINGS_PRIVATE_H
#define COMMANDS_SETTINGS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "commands/settings.h"

enum kind {
	KIND_PATH,
	KIND_TIME,
	KIND_CHOICE,
	KIND_NAME,    /* of a service */
	KIND_USER,    /* who is trusted beside root */
	KIND_ACCOUNT, /* a user's name, that is all */
	KIND_COMMAND, /* for the shell */
	KIND_SWITCH,  /* yes or no; as an option "yes" may be left out */
	KIND_FLAG     /* an option without a value */
};

#define ANYWHERE 1 /* may stand in the environment and the settings file too */
#define COMMON   2 /* in the help of each that one calls to hand over */
#define EVERY    4 /* in the help of each command; those of one command alone always are */
#define INTERNAL 8 /* for processes that we start ourselves: not shown, no help */

/* A row for each option. */
struct setting {
	const char *name;
	char letter;
	enum kind kind;
	int flags;
	unsigned verbs; /* of enum verb_bit */
	size_t offset;  /* in struct settings */
	const char *value;
	const char *help;
};

extern const struct setting settings_table[];
extern const size_t settings_count;

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
