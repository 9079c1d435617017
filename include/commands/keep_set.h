/*
 * Keeps the modules that belong to a build (nginx/sets.h). What could not be kept is printed as a
 * warning, and nothing else depends on it: a full disk stops no handover.
 */
#ifndef COMMANDS_KEEP_SET_H
#define COMMANDS_KEEP_SET_H

#include "commands/session.h"
#include "nginx/builds.h"
#include "nginx/sets.h"
#include "trust/subject.h"

/* Reads the record of sets; prints a warning where it cannot be used. Empty where there is none. */
void sets_read(const struct builds *b, struct sets *ret);

/*
 * Before a handover, and before files are put back: keeps the modules that the old master has
 * mapped. version: of its build; NULL: it is asked. word: SET_LEFT where a rollback leaves this
 * build.
 */
void keep_set(struct session *s, const struct builds *b, const char *version, enum set_word word);

/*
 * Before the binary at its path is replaced by another: keeps the files that are now at the paths
 * of the old master's modules, as belonging to that binary. fd, version: of the binary.
 */
void keep_set_aside(struct session *s, const struct builds *b, int fd, const char *version);

/*
 * After a start, a handover, or a reload: keeps the modules of the master that serves now, if the
 * kernel does not let us read what it has mapped (/proc/PID/map_files). Then they can be copied
 * only as long as their files are in place. Where the kernel does, does nothing.
 */
void keep_set_of_new(struct session *s, const struct subject *serves, const char *version);

/* After a handover, or before a restart: removes the oldest sets where there are too many. */
void keep_few_sets(const struct session *s, const struct builds *b);

#endif
