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
	KIND_NAME,    /* the name of a service */
	KIND_USER,    /* the user who is trusted beside root: also fills trust_uid and trust_gid */
	KIND_ACCOUNT, /* the name of any user */
	KIND_COMMAND, /* a command line for the shell */
	KIND_NUMBER,  /* the number of a descriptor */
	KIND_SWITCH,  /* yes or no; the option alone means yes */
	KIND_ADDED,   /* an argument of configure; may be given several times */
	KIND_FLAG     /* an option without a value */
};

#define ANYWHERE 1 /* also in the environment and the settings file */
#define COMMON   2 /* shown by --help of the verbs that hand over */
#define EVERY    4 /* shown by --help of every verb; an option of one verb alone needs no flag */
#define INTERNAL 8 /* for processes that we start ourselves; never shown */

struct setting {
	const char *name;
	char letter;
	enum kind kind;
	int flags;
	unsigned verbs;    /* that take it, of enum verb_bit */
	size_t offset;     /* in struct settings */
	const char *value; /* what --help calls the value; of KIND_CHOICE: the choices */
	const char *help;  /* NULL: INTERNAL */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

/* Fills *err, with EXIT_USAGE. Returns -EINVAL. */
int settings_fail(struct settings_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for an argument that is no option. */
int settings_unknown(struct settings_error *err, const char *argument);

/* Whether the settings file may set this name ("DRAIN_TIMEOUT"). */
bool settings_known(const char *name);

/* Sets name=value of the file `from`. 0, also if the name is not ours; or -EINVAL with *err. */
int settings_by_name(struct settings *s, const char *name, const char *value, const char *from,
		     struct settings_error *err);

#endif
