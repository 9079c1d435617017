/* Reads the text that a run has written in its lock file. For lock.c. */
#ifndef OS_LOCK_TEXT_H
#define OS_LOCK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "os/process.h"

/* What a run does, with its NUL. */
enum { LOCK_WHAT_MAX = 64 };

/* The line that lock_ends() writes. No subject's line is equal: those have two words. */
#define LOCK_TEXT_ENDS "ends"

/* Whether the text has this line. Its first line, which says who wrote it, does not count. */
bool lock_text_has(const char *text, const char *line);

/*
 * Who wrote it, by pid and start time without a pidfd, and what that run does. False: this is no
 * text of a run.
 */
bool lock_text_holder(const char *text, struct process *ret, char ret_what[LOCK_WHAT_MAX]);

/* Whether the run has ended, or a process that it acts on has gone; see lock_holder(). */
bool lock_text_ends(const char *text);

/* "upgrade (pid 123)", or "another run" where the text does not tell. size: of ret, in bytes. */
void lock_text_name(const char *text, char *ret, size_t size);

#endif
