/*
 * Reads a trace (core/trace.h) back, a line at a time. What is not understood is told, never passed
 * over: a field that this build does not know means that the trace is of another one.
 */
#ifndef TRACE_READ_H
#define TRACE_READ_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/trace.h"

enum trace_line_kind { TRACE_IS_NOTHING, TRACE_IS_ROUND, TRACE_IS_BAD };

struct trace_reader {
	bool begun;        /* its first line was there */
	char said[2048];   /* of a bad line: what is wrong with it */
	char lacks[2048];  /* names that this build knows and the trace does not; "" or " a b" */
	bool knows_fields; /* it has told which it knows */
};

static inline enum trace_line_kind trace_bad(struct trace_reader *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(t->said, sizeof(t->said), format, ap);
	va_end(ap);
	return TRACE_IS_BAD;
}

static inline const struct trace_field *trace_field_of(const char *name, size_t length)
{
	size_t count;
	const struct trace_field *fields = trace_fields(&count);
	size_t i;

	for (i = 0; i < count; i++) {
		if (strlen(fields[i].name) == length && strncmp(fields[i].name, name, length) == 0)
			return &fields[i];
	}
	return NULL;
}

static inline bool trace_value_of(const struct trace_field *field, const char *text, uint64_t *ret)
{
	char *end;
	size_t i;

	for (i = 0; i < field->word_count; i++) {
		if (strcmp(field->words[i], text) == 0) {
			*ret = i;
			return true;
		}
	}
	if (field->word_count || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !errno && !*end;
}

/* "fields a b c" */
static inline enum trace_line_kind trace_read_fields(struct trace_reader *t, char *line)
{
	size_t count;
	const struct trace_field *fields = trace_fields(&count);
	bool *seen = (bool *)calloc(count, sizeof(*seen));
	char *rest;
	const char *word;
	size_t i;
	enum trace_line_kind kind = TRACE_IS_NOTHING;

	(void)strtok_r(line, " ", &rest);
	while (seen && kind != TRACE_IS_BAD && (word = strtok_r(NULL, " ", &rest))) {
		const struct trace_field *field = trace_field_of(word, strlen(word));

		if (field)
			seen[field - fields] = true;
		else
			kind = trace_bad(t, "it knows a field that this build does not: %s", word);
	}
	t->lacks[0] = '\0';
	for (i = 0; seen && i < count; i++) {
		size_t n = strlen(t->lacks);

		if (!seen[i])
			(void)snprintf(t->lacks + n, sizeof(t->lacks) - n, " %s", fields[i].name);
	}
	free(seen);
	t->knows_fields = true;
	return kind;
}

static inline enum trace_line_kind trace_read_round(struct trace_reader *t, char *line,
						    struct trace_round *ret)
{
	bool decided = false;
	char *rest;
	char *word;

	memset(ret, 0, sizeof(*ret));
	if (!strtok_r(line, " ", &rest))
		return trace_bad(t, "an empty line");
	while ((word = strtok_r(NULL, " ", &rest))) {
		size_t length = strcspn(word, "=");
		const struct trace_field *field = trace_field_of(word, length);
		uint64_t value;

		if (strcmp(word, "|") == 0)
			continue;
		if (!field || !word[length])
			return trace_bad(t, "this build knows no field of that name: %s", word);
		if (!trace_value_of(field, word + length + 1, &value))
			return trace_bad(t, "no value that this build knows: %s", word);
		trace_set(ret, field, value);
		decided = decided || strcmp(field->name, "move") == 0;
	}
	if (!decided)
		return trace_bad(t, "no decision in it");
	return TRACE_IS_ROUND;
}

/* `line` is changed. */
static inline enum trace_line_kind trace_read_line(struct trace_reader *t, char *line,
						   struct trace_round *ret)
{
	size_t length = strlen(line);

	if (!length || line[length - 1] != '\n')
		return trace_bad(t, "the line is cut");
	line[length - 1] = '\0';
	if (strcmp(line, TRACE_FIRST_LINE) == 0) {
		t->begun = true;
		return TRACE_IS_NOTHING;
	}
	if (!t->begun)
		return trace_bad(t, "it does not begin with \"" TRACE_FIRST_LINE "\"");
	if (!*line || *line == '#')
		return TRACE_IS_NOTHING;
	if (strncmp(line, "fields ", 7) == 0)
		return trace_read_fields(t, line);
	if (!t->knows_fields)
		return trace_bad(t, "no line with the names of its fields comes before its rounds");
	return trace_read_round(t, line, ret);
}

#endif
