/*
 * What "doctor" finds: problems, each with what it means. They are collected first; then those for
 * which an upgrade is refused are printed before the others.
 *
 *	finding_add -> finding_means, problem_advise(&finding->what, ...) -> ... -> findings_say
 *
 * Begins as zeroes.
 */
#ifndef COMMANDS_FINDINGS_H
#define COMMANDS_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/problems.h"
#include "trust/path.h"

enum { FINDINGS_MAX = 48 };

struct finding {
	struct problem what; /* the text and the advice; the exit code with which an upgrade is
				refused */
	bool refuses;        /* an upgrade would be refused; else it would go badly, or be slow */
	const char *id;      /* one word, for --json; scripts rely on it. Kept by reference */
	char means[512];     /* what it means; "": the text says it already */
};

struct findings {
	size_t count; /* when the list is full, a new one takes the place of the last one */
	struct finding list[FINDINGS_MAX];
};

/* Adds a finding with this text, and returns it for the rest to be filled in. */
struct finding *finding_add(struct findings *f, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void finding_means(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Adds a finding for each problem from number `first` on. refuses: an upgrade would be refused for
 * it; else only an upgrade with --binary would.
 */
void findings_of_problems(struct findings *f, const struct problems *problems, size_t first,
			  bool refuses);

/*
 * Adds that others can change something. text: what, such as "nginx's configuration"; means: what
 * they could do by that.
 */
void findings_of_distrust(struct findings *f, const char *id, const char *text, const char *means,
			  const struct distrust *why);

/*
 * Prints all findings and a summary. The exit code: 0 (there are none), 1 (there is advice) or
 * DOCTOR_REFUSED (an upgrade would be refused).
 */
int findings_say(const struct findings *f);

#endif
