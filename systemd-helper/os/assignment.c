/* NAME=value, with a shell's quotes and none of its powers. */
#include <stdbool.h>
#include <string.h>

#include "os/assignment.h"

int assignment_parse(const char *line, char *ret_name, char *ret_value, unsigned size)
{
	const char *p = line + strspn(line, " \t");
	size_t length =
		strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	char quote;

	if (*p == '#' || *p == '\0' || *p == '\n' || *p == '\r')
		return 0;
	if (!length || length >= size || p[length] != '=')
		return -1;
	memcpy(ret_name, p, length);
	ret_name[length] = '\0';
	p += length + 1;
	quote = *p == '"' || *p == '\'' ? *p++ : '\0';
	if (quote)
		length = strcspn(p, quote == '"' ? "\"\n" : "'\n");
	else
		length = strcspn(p, "#\r\n");
	if (length >= size || (quote && p[length] != quote))
		return -1;
	memcpy(ret_value, p, length);
	while (!quote && length && strchr(" \t", ret_value[length - 1]))
		length--;
	ret_value[length] = '\0';
	return 1;
}

int assignments_read(FILE *f, assignment_fn *fn, void *arg)
{
	char line[4096];
	char name[sizeof(line)];
	char value[sizeof(line)];
	bool whole = true; /* what ended before this piece */
	int r = 0;

	while (!r && fgets(line, sizeof(line), f)) {
		bool begins = whole;

		/* No piece of a line that is too long is a line. */
		whole = strchr(line, '\n') || feof(f);
		if (begins && whole && assignment_parse(line, name, value, sizeof(line)) == 1)
			r = fn(arg, name, value);
	}
	return r;
}
