/* Words and marks on standard output. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/console.h"
#include "os/assignment.h"
#include "ui/stream.h"
#include "ui/terminal.h"

#define SYSCONFIG "/etc/sysconfig/init"

enum { MARKS = 3 };

struct look {
	bool bare; /* words without a mark */
	bool colour;
	unsigned column;
	char colours[MARKS][16]; /* what stands between "ESC[" and "m" */
	char normal[16];
};

static const struct look usual = {false, true, 60, {"0;32", "0;31", "0;33"}, "0;39"};

static const char *const marks[MARKS] = {"  OK  ", "FAILED", "WARNING"};

/*
 * The values in that file are commands: SETCOLOR_SUCCESS="echo -en \\033[0;32m". Only the digits in
 * them are used.
 */
static void take_colour(const char *command, char ret[16])
{
	const char *begin = strchr(command, '[');
	size_t length = begin ? strspn(begin + 1, "0123456789;") : 0;

	if (!length || length >= 16 || begin[1 + length] != 'm')
		return;
	memcpy(ret, begin + 1, length);
	ret[length] = '\0';
}

static void take_bootup(struct look *look, const char *value)
{
	look->colour = strcmp(value, "color") == 0;
	look->bare = strcmp(value, "verbose") == 0;
}

static int take_assignment(void *arg, const struct assignment *a)
{
	static const char *const names[MARKS] = {"SETCOLOR_SUCCESS", "SETCOLOR_FAILURE",
						 "SETCOLOR_WARNING"};
	const char *name = a->name, *value = a->value;
	struct look *look = arg;
	size_t i;

	if (!value)
		return 0;
	if (strcmp(name, "BOOTUP") == 0)
		take_bootup(look, value);
	else if (strcmp(name, "RES_COL") == 0 && strspn(value, "0123456789") == strlen(value) &&
		 *value && strlen(value) < 4)
		look->column = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(name, "SETCOLOR_NORMAL") == 0)
		take_colour(value, look->normal);
	for (i = 0; i < MARKS; i++) {
		if (strcmp(name, names[i]) == 0)
			take_colour(value, look->colours[i]);
	}
	return 0;
}

static const struct look *the_look(void)
{
	static struct look look; /* of the machine: read once in a process */
	static bool known;
	const char *bootup = getenv("BOOTUP"); /* where rc has set it the file does not count */
	FILE *f;

	if (known)
		return &look;
	known = true;
	look = usual;
	f = fopen(SYSCONFIG, "re");
	if (f) {
		(void)assignments_read(f, take_assignment, &look);
		(void)fclose(f);
	}
	if (bootup && *bootup)
		take_bootup(&look, bootup);
	look.colour = look.colour && terminal_takes_colour(STDOUT_FILENO);
	return &look;
}

bool console_has_colours(void)
{
	return the_look()->colour;
}

void console_words(const char *words, const char *service)
{
	stream_print(stream_output(), "%s %s: ", words, service);
}

void console_mark(enum mark mark)
{
	const struct look *look = the_look();

	if (look->bare)
		stream_print(stream_output(), "\r\n");
	else if (look->colour)
		stream_print(stream_output(), "\033[%uG[\033[%sm%s\033[%sm]\r\n", look->column,
			     look->colours[mark], marks[mark], look->normal);
	else
		stream_print(stream_output(), "[%s]\r\n", marks[mark]);
}

void console_line(const char *text)
{
	stream_print(stream_output(), "%s\n", text);
}
