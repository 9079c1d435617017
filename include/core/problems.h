/*
 * What stands in the way of something: each with its own words, what to do about it, and the exit
 * code it leads to. Filled by checks, said by commands.
 */
#ifndef CORE_PROBLEMS_H
#define CORE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

enum { PROBLEMS_MAX = 16 };

struct problem {
	int exit_code;
	bool of_master; /* it is about the master that runs: one that was started anew has it not */
	char text[1536];
	char advice[768];
};

struct problems {
	size_t count; /* beyond PROBLEMS_MAX none is kept: those before suffice to refuse */
	struct problem list[PROBLEMS_MAX];
};

/* A problem, and what to do about it (never empty). */
struct problem *problem_add(struct problems *p, int exit_code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether there are some, and each of them is of the master. */
bool problems_of_master(const struct problems *p);

/* At least one is. */
bool problems_any_of_master(const struct problems *p);

void problem_advise(struct problem *problem, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
