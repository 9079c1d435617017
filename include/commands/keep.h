/* Keeping what would be lost. */
#ifndef COMMANDS_KEEP_H
#define COMMANDS_KEEP_H

#include "commands/session.h"
#include "nginx/builds.h"

/* Before USR2 the running image must have a name on disk again, or there is no way back to it. */
void keep_running_image(struct session *s, const struct builds *b, const char *version);

/* Both of what serves: it is recorded, and kept where it has no file any more. */
void keep_what_serves(struct session *s);

/*
 * What stands at the path is about to be replaced, and is neither what runs nor these bytes (fd;
 * -1: none): it becomes a backup, which is said. Where that fails, that is said.
 */
void keep_what_stands(struct session *s, const struct builds *b, int fd);

/*
 * What is too much of the backups, and of what was rescued, is removed. After the handover: their
 * files may have to be read.
 */
void keep_few(struct session *s, const struct builds *b);

#endif
