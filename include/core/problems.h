/*
 * What stands in the way of a command: each problem has its text, what to do about it, and an exit
 * code. Checks add problems, commands print them.
 *
 * The list is too large for the stack: it stands in what belongs to a command (its session,
 * mostly).
 */
#ifndef CORE_PROBLEMS_H
#define CORE_PROBLEMS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "os/exit_code.h"

enum { PROBLEMS_MAX = 16 };

struct problem {
	enum exit_code exit_code;
	bool of_master; /* it is about the running master: a restart would solve it */
	char text[1536];
	char advice[1024];
};

struct problems {
	size_t count; /* at most PROBLEMS_MAX; later ones overwrite the last */
	struct problem list[PROBLEMS_MAX];
};

/* Empties the list. One that is all zeros is empty, too. */
void problems_clear(struct problems *p);

/* Sets the text of a problem that is in no list, and clears the rest. */
void problem_set(struct problem *problem, enum exit_code exit_code, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

/* Adds a problem. The caller then says what to do about it: problem_advise(). */
struct problem *problem_add(struct problems *p, enum exit_code exit_code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether there are problems, and all of them are of the master. */
bool problems_of_master(const struct problems *p);

/* Whether at least one is of the master. */
bool problems_any_of_master(const struct problems *p);

void problem_advise(struct problem *problem, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
