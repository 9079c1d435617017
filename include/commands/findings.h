/*
 * What the doctor finds: each with what it means and what to change. They are collected, and said
 *in the order of their weight.
 *
 *	finding_add -> finding_means, finding_change -> ... -> findings_say
 */
#ifndef COMMANDS_FINDINGS_H
#define COMMANDS_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/problems.h"
#include "trust/path.h"

enum { FINDINGS_MAX = 48 };

struct finding {
	bool refuses;   /* an upgrade would be refused; else it would be spoiled, or slowed */
	int exit_code;  /* of that refusal */
	const char *id; /* one word, for --json; it does not change */
	char text[1536];
	char means[512]; /* "": the text says it */
	char change[1024];
};

struct findings {
	size_t count; /* beyond FINDINGS_MAX the last one is overwritten */
	struct finding list[FINDINGS_MAX];
};

struct finding *finding_add(struct findings *f, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void finding_means(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void finding_change(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* From the first-th on. Each stands in the way of an upgrade; not `refuses`: of a part of them. */
void findings_of_problems(struct findings *f, const struct problems *problems, size_t first,
			  bool refuses);

/* That others can change something; text is "the configuration", and what they gain by it. */
void findings_of_distrust(struct findings *f, const char *id, const char *text, const char *means,
			  const struct distrust *why);

/* Says them, and what they come to: 0, 1 (advice) or 2 (an upgrade would be refused). */
int findings_say(const struct findings *f);

#endif
