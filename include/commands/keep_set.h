/*
 * Keeping the modules that belong to a build (nginx/sets.h). What could not be kept is said, and
 * nothing else depends on it: a disk that is full stops no handover.
 */
#ifndef COMMANDS_KEEP_SET_H
#define COMMANDS_KEEP_SET_H

#include "commands/session.h"
#include "nginx/sets.h"

/* The record as it is; what is wrong with it is said. Empty where there is none. */
void sets_read(const struct builds *b, struct sets *ret);

/*
 * Before a handover, and before files are put back: the modules that its old master has mapped.
 * version: of its build; NULL: it is asked. word: SET_LEFT where a rollback goes away from it.
 */
void keep_set(struct session *s, const struct builds *b, const char *version, enum set_word word);

/* What stands at the path of the binary, in `program`, and at those of the old master's modules. */
void keep_set_aside(struct session *s, const struct builds *b, int fd, const char *version);

/*
 * After a start, or a handover: where the kernel does not show what a process has mapped, the
 * modules of whoever serves now are kept while they have their names. Else nothing is done.
 */
void keep_set_of_new(struct session *s, const struct subject *serves, const char *version);

/* After a handover, or before a restart: those that are too many beside what will run. */
void keep_few_sets(const struct session *s, const struct builds *b);

#endif
