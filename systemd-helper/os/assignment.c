/* Parses NAME=value lines. A shell's quotes are understood, but nothing is expanded. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "os/assignment.h"

/* Copies the name if the line begins with NAME=. Returns where the value begins, or NULL. */
static const char *take_name(const char *line, char *ret, size_t size)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
	const char *p = line + strspn(line, " \t");
	size_t length = strspn(p, letters);

	if (!length || length >= size || p[length] != '=')
		return NULL;
	memcpy(ret, p, length);
	ret[length] = '\0';
	return p + length + 1;
}

int assignment_parse(const char *line, char *ret_name, char *ret_value, unsigned size)
{
	const char *p = line + strspn(line, " \t");
	size_t length;
	char quote;

	if (*p == '#' || *p == '\0' || *p == '\n' || *p == '\r')
		return 0;
	p = take_name(p, ret_name, size);
	if (!p)
		return -EINVAL;
	quote = *p == '"' || *p == '\'' ? *p++ : '\0';
	if (quote)
		length = strcspn(p, quote == '"' ? "\"\n" : "'\n");
	else
		length = strcspn(p, "#\r\n");
	if (length >= size || (quote && p[length] != quote))
		return -EINVAL;
	memcpy(ret_value, p, length);
	while (!quote && length && strchr(" \t", ret_value[length - 1]))
		length--;
	ret_value[length] = '\0';
	return 1;
}

struct line {
	char text[ASSIGNMENT_LINE_MAX + 1];
	bool too_long;
	bool nul;
};

/* Reads one line. False: there is none left. */
static bool read_line(FILE *f, struct line *line)
{
	size_t length = 0;
	int c = getc(f);

	if (c == EOF)
		return false;
	line->too_long = line->nul = false;
	for (; c != EOF && c != '\n'; c = getc(f)) {
		/* Many blanks before the name must not push it out of the buffer. */
		if (!length && (c == ' ' || c == '\t'))
			continue;
		if (c == '\0')
			line->nul = true;
		else if (length < ASSIGNMENT_LINE_MAX)
			line->text[length++] = (char)c;
		else
			line->too_long = true;
	}
	line->text[length] = '\0';
	return true;
}

int assignments_read(FILE *f, assignment_fn *fn, void *arg)
{
	char name[ASSIGNMENT_LINE_MAX + 1];
	char value[ASSIGNMENT_LINE_MAX + 1];
	struct assignment a = {0, name, NULL, NULL};
	struct line line;
	int r = 0;

	while (!r && read_line(f, &line)) {
		bool whole = assignment_parse(line.text, name, value, sizeof(value)) == 1;

		a.line++;
		if (line.too_long)
			a.wrong = "is longer than 4095 bytes";
		else if (line.nul)
			a.wrong = "holds a NUL";
		else
			a.wrong = whole ? NULL : "has a quote that does not end in it";
		a.value = a.wrong ? NULL : value;
		if (whole || take_name(line.text, name, sizeof(name)))
			r = fn(arg, &a);
	}
	return r;
}
