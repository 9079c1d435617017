/*
 * What a run has seen and decided, one line for each round. With the file a fault can be reported,
 * and decide() can be given the same facts again at a desk (tests/unit/replay.c). Every run keeps a
 * bounded part of it in memory: the first rounds and the last ones.
 *
 *	trace_open -> (trace_also_to) -> trace_looked, trace_decided, (trace_acted) ...
 *	           -> (trace_write) -> trace_close
 *
 * All of these accept NULL for no trace, and none of them can change a run.
 *
 *	nginx-handover trace 1
 *	# nginx-handover VERSION, Linux 6.1.0
 *	fields old.alive old.idle ...
 *	0.000000 old.alive=1 pid_file=old | goal=forward spawn=1 | past.now_us=1 ... | phase=alone
 *	...
 *
 * A line begins with the seconds since the first round, for people. A field that is missing is 0.
 * Rounds that differ only in time are one line, with their number and the time of the last. A look
 * or an action that failed has its errno in the line.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "core/decide.h"
#include "core/facts.h"
#include "core/fields.h"

#define TRACE_FIRST_LINE "nginx-handover trace 1"

/* How many of the first and of the last rounds are kept. */
enum { TRACE_FIRST = 32, TRACE_LAST = 160, TRACE_LINE_MAX = 4096 };

/* clang-format off */
#define TRACED(X)                                                                      \
	X(COUNT, rounds)     /* that this line stands for */                           \
	X(TIME, last_us)     /* history.now_us in the last of them */                  \
	X(COUNT, look_error) /* errno: this look failed, and the facts are of one before */  \
	X(COUNT, act_error)  /* errno of the action */

struct trace_round {
	struct facts facts;
	struct ask ask;
	struct history history;
	struct decision decision;
	TRACED(FIELD)
};
/* clang-format on */

enum trace_section { TRACE_SEEN, TRACE_ASKED, TRACE_HISTORY, TRACE_DECIDED, TRACE_ROUND };

/* One number of a round, by its name. */
struct trace_field {
	const char *name;
	const char *const *words; /* for each value; NULL: it is a number */
	size_t word_count;
	unsigned shown; /* a bit for each enum move with which it is shown even if it is 0 */
	enum trace_section section;
	size_t offset;
	size_t size;
};

/* All fields, in the order of a line. */
const struct trace_field *trace_fields(size_t *ret_count);

uint64_t trace_get(const struct trace_round *round, const struct trace_field *field);
void trace_set(struct trace_round *round, const struct trace_field *field, uint64_t value);

/* The line, without a newline. began_us: the time that its seconds count from. */
const char *trace_line(const struct trace_round *round, uint64_t began_us,
		       char ret[TRACE_LINE_MAX]);

struct trace;

/* NULL: there is no memory for it. */
struct trace *trace_open(void);

/* Each line is also written to fd, as soon as it is complete. Takes over fd. */
void trace_also_to(struct trace *t, int fd);

/* The result of the look before the next decision: 0 or -errno. */
void trace_looked(struct trace *t, int r);
void trace_decided(struct trace *t, const struct facts *f, const struct ask *a,
		   const struct history *h, const struct decision *d);

/* The result of the last action: 0 or -errno. */
void trace_acted(struct trace *t, int r);

/* Writes everything that is kept. 0, or -errno: not all of it could be written. */
int trace_write(const struct trace *t, int fd);

/* The same as a text, which the caller frees. */
int trace_text(const struct trace *t, char **ret, size_t *ret_length);

/*
 * Writes the last line to the fd of trace_also_to(), and closes it. 0, or -errno of the first line
 * that could not be written.
 */
int trace_close(struct trace *t);

#endif
