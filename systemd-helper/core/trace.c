/*
 * The rounds of a run that are kept, and where they are written. A round is complete, and written,
 * when a different one follows or the run ends: until then equal rounds may join it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/decide.h"
#include "core/facts.h"
#include "core/trace.h"

#ifndef VERSION
#define VERSION "0.0"
#endif

struct trace {
	int fd;              /* where each round is also written; -1: nowhere */
	int error;           /* -errno of the first line that could not be written */
	unsigned look_error; /* errno of the last look */
	uint64_t began_us;
	uint64_t count; /* of all rounds, including the last, which may be incomplete */
	struct trace_round rounds[TRACE_FIRST + TRACE_LAST];
};

static size_t place_of(uint64_t number)
{
	return (size_t)(number < TRACE_FIRST ? number
					     : TRACE_FIRST + (number - TRACE_FIRST) % TRACE_LAST);
}

static struct trace_round *last_round(struct trace *t)
{
	return t->count ? &t->rounds[place_of(t->count - 1)] : NULL;
}

/* A pipe that nobody reads must not block us: what does not fit now is an error. */
static int write_text(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		text += n;
		left -= (size_t)n;
	}
	return 0;
}

static int write_round(const struct trace *t, const struct trace_round *round, int fd)
{
	char line[TRACE_LINE_MAX + 1];

	(void)trace_line(round, t->began_us, line);
	(void)strcat(line, "\n");
	return write_text(fd, line);
}

static int head_text(char text[TRACE_LINE_MAX])
{
	struct utsname kernel;
	size_t count;
	const struct trace_field *fields = trace_fields(&count);
	size_t i;
	size_t n;

	if (uname(&kernel) < 0)
		kernel.release[0] = '\0';
	n = (size_t)snprintf(text, TRACE_LINE_MAX, "%s\n# nginx-handover %s, Linux %.80s\nfields",
			     TRACE_FIRST_LINE, VERSION, kernel.release);
	for (i = 0; i < count && n < TRACE_LINE_MAX; i++)
		n += (size_t)snprintf(text + n, TRACE_LINE_MAX - n, " %s", fields[i].name);
	if (n + 1 >= TRACE_LINE_MAX)
		return -E2BIG;
	(void)strcat(text, "\n");
	return 0;
}

static int write_head(int fd)
{
	char text[TRACE_LINE_MAX];
	int r = head_text(text);

	return r < 0 ? r : write_text(fd, text);
}

struct trace *trace_open(void)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (t)
		t->fd = -1;
	return t;
}

void trace_also_to(struct trace *t, int fd)
{
	if (!t) {
		(void)close(fd);
		return;
	}
	t->fd = fd;
}

/* Writes the last round, which is complete. */
static void write_last_round(struct trace *t)
{
	const struct trace_round *last = last_round(t);

	if (!last || t->fd < 0)
		return;
	if (!t->error && t->count == 1)
		t->error = write_head(t->fd);
	if (!t->error)
		t->error = write_round(t, last, t->fd);
}

/* Whether two rounds differ only in the time of the look. */
static bool is_equal(const struct trace_round *a, const struct trace_round *b)
{
	struct trace_round was = *a;
	size_t count;
	const struct trace_field *fields = trace_fields(&count);
	size_t i;

	was.history.now_us = b->history.now_us;
	was.rounds = b->rounds;
	was.last_us = b->last_us;
	for (i = 0; i < count; i++) {
		if (trace_get(&was, &fields[i]) != trace_get(b, &fields[i]))
			return false;
	}
	return true;
}

static void add_round(struct trace *t, const struct trace_round *round)
{
	struct trace_round *last = last_round(t);

	if (last && round->decision.move != MOVE_ACT && is_equal(last, round)) {
		last->rounds = (last->rounds ? last->rounds : 1) + 1;
		last->last_us = round->history.now_us;
		return;
	}
	write_last_round(t);
	if (!t->count)
		t->began_us = round->history.now_us;
	t->rounds[place_of(t->count++)] = *round;
}

void trace_looked(struct trace *t, int r)
{
	if (t)
		t->look_error = (unsigned)-r;
}

void trace_decided(struct trace *t, const struct facts *f, const struct ask *a,
		   const struct history *h, const struct decision *d)
{
	struct trace_round round;

	if (!t)
		return;
	memset(&round, 0, sizeof(round));
	round.facts = *f;
	round.ask = *a;
	round.history = *h;
	round.decision = *d;
	round.look_error = t->look_error;
	add_round(t, &round);
}

void trace_acted(struct trace *t, int r)
{
	if (t && t->count && r < 0)
		last_round(t)->act_error = (unsigned)-r;
}

static void put_rounds(const struct trace *t, FILE *f)
{
	char line[TRACE_LINE_MAX];
	uint64_t i;

	for (i = 0; i < t->count; i++) {
		if (i == TRACE_FIRST && t->count - i > TRACE_LAST) {
			uint64_t left_out = t->count - i - TRACE_LAST;

			(void)fprintf(f, "# %llu lines are left out here\n",
				      (unsigned long long)left_out);
			i += left_out;
		}
		(void)fprintf(f, "%s\n", trace_line(&t->rounds[place_of(i)], t->began_us, line));
	}
}

int trace_text(const struct trace *t, char **ret, size_t *ret_length)
{
	char head[TRACE_LINE_MAX];
	char *text = NULL;
	size_t length;
	FILE *f;
	int r = t ? head_text(head) : -ENODATA;

	if (r < 0)
		return r;
	f = open_memstream(&text, &length);
	if (!f)
		return -ENOMEM;
	(void)fputs(head, f);
	put_rounds(t, f);
	if (fclose(f) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	*ret_length = length;
	return 0;
}

int trace_write(const struct trace *t, int fd)
{
	char *text;
	size_t length;
	int r = trace_text(t, &text, &length);

	if (r < 0)
		return r;
	r = write_text(fd, text);
	free(text);
	return r;
}

int trace_close(struct trace *t)
{
	int r;

	if (!t)
		return 0;
	write_last_round(t);
	r = t->error;
	if (t->fd >= 0)
		(void)close(t->fd);
	free(t);
	return r;
}
