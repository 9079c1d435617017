/* Words and marks on standard output. */
#include <fcntl.h>
#include <linux/kd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/console.h"
#include "os/assignment.h"
#include "ui/stream.h"

#define SYSCONFIG "/etc/sysconfig/init"

enum { MARKS = 3 };

struct look {
	bool colour;
	unsigned column;
	char colours[MARKS][16]; /* what stands between "ESC[" and "m" */
	char normal[16];
};

static const struct look usual = {true, 60, {"0;32", "0;31", "0;33"}, "0;39"};

static const char *const marks[MARKS] = {"  OK  ", "FAILED", "WARNING"};

/*
 * There the values are commands: SETCOLOR_SUCCESS="echo -en \\033[0;32m". Only the digits in them
 * are taken.
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

static int take(void *arg, const struct assignment *a)
{
	static const char *const names[MARKS] = {"SETCOLOR_SUCCESS", "SETCOLOR_FAILURE",
						 "SETCOLOR_WARNING"};
	const char *name = a->name, *value = a->value;
	struct look *look = arg;
	size_t i;

	if (!value)
		return 0;
	if (strcmp(name, "BOOTUP") == 0)
		look->colour = strcmp(value, "color") == 0;
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

/* What is neither a virtual console nor a pseudo terminal is a serial line (initscripts:
 * consoletype). */
static bool is_serial(void)
{
	enum { UNIX98_PTY_FIRST = 136, UNIX98_PTY_LAST = 143 }; /* devices.txt */
	struct stat st;
	char type;

	if (fstat(STDOUT_FILENO, &st) < 0)
		return true;
	if (major(st.st_rdev) >= UNIX98_PTY_FIRST && major(st.st_rdev) <= UNIX98_PTY_LAST)
		return false;
	return ioctl(STDOUT_FILENO, KDGKBTYPE, &type) < 0;
}

static bool takes_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *type = getenv("CONSOLETYPE");
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || (no_colour && *no_colour))
		return false;
	if ((type && strcmp(type, "serial") == 0) || (term && strcmp(term, "dumb") == 0))
		return false;
	return !is_serial();
}

static const struct look *the_look(void)
{
	static struct look look;
	static bool known;
	FILE *f;

	if (known)
		return &look;
	known = true;
	look = usual;
	f = fopen(SYSCONFIG, "re");
	if (f) {
		(void)assignments_read(f, take, &look);
		(void)fclose(f);
	}
	look.colour = look.colour && takes_colour();
	return &look;
}

void console_words(const char *words, const char *service)
{
	stream_print(stream_output(), "%s %s: ", words, service);
}

void console_mark(enum mark mark)
{
	const struct look *look = the_look();

	if (look->colour)
		stream_print(stream_output(), "\033[%uG[\033[%sm%s\033[%sm]\r\n", look->column,
			     look->colours[mark], marks[mark], look->normal);
	else
		stream_print(stream_output(), "[%s]\r\n", marks[mark]);
}

void console_line(const char *text)
{
	stream_print(stream_output(), "%s\n", text);
}
