/*
 * Keeps files that a handover would lose: the binary that runs and has no file any more, and a file
 * at its path that never ran. What cannot be kept is printed as a warning; the handover goes on.
 */
#ifndef COMMANDS_KEEP_H
#define COMMANDS_KEEP_H

#include "commands/session.h"
#include "nginx/builds.h"

/*
 * Before USR2: where the running binary is no longer at its path, copies it from /proc, so that a
 * later rollback finds it. version: of that build; NULL: it is asked.
 */
void keep_running_image(struct session *s, const struct builds *b, const char *version);

/* Does that for the build that serves, records the build (commands/record.h), and keeps its modules
 * (commands/keep_set.h). */
void keep_what_serves(struct session *s);

/*
 * Before the file at the path of the binary is replaced: makes a backup of it, unless it is what
 * runs, or has the same bytes as fd (-1: no such file).
 */
void keep_what_stands(struct session *s, const struct builds *b, int fd);

/* Removes the oldest backups and rescued binaries where there are too many. Only after a handover:
 * it may have to read them. */
void keep_few(struct session *s, const struct builds *b);

#endif
