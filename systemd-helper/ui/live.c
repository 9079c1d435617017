/* The live line: chooses the text that fits the terminal's width, shows it, and removes it. */
#include <string.h>
#include <unistd.h>

#include "ui/escape.h"
#include "ui/live.h"
#include "ui/stream.h"
#include "ui/terminal.h"

enum { LIVE_MAX = 512 };

static bool is_shown;        /* a live line is on the terminal: */
static char shown[LIVE_MAX]; /* its text */

/*
 * If the terminal has become narrower than the line since, it may have wrapped or truncated it.
 * Then the cursor cannot go back to where the line starts, and the line is left as it is.
 */
void live_clear(void)
{
	unsigned columns, lines;

	if (!is_shown)
		return;
	terminal_size(STDOUT_FILENO, &columns, &lines);
	stream_print(stream_output(), strlen(shown) < columns ? "\r\033[K" : "\r\n");
	is_shown = false;
}

/* Escapes the text so that each byte takes one column. Bytes that are not ASCII become '?', since
 * the width of such characters is unknown. */
static void as_columns(const char *text, char *ret, size_t size)
{
	char *p;

	(void)say_escape(text, ret, size);
	for (p = ret; *p; p++) {
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	}
}

/* Chooses the text that fits; truncates the last one. One column stays free: many terminals go to
 * the next line when the last column is written. */
static void choose_text(const char *const *texts, char *ret, size_t size)
{
	unsigned columns, lines;

	terminal_size(STDOUT_FILENO, &columns, &lines);
	for (; *texts; texts++) {
		as_columns(*texts, ret, size);
		if (strlen(ret) < columns)
			return;
	}
	ret[columns - 1] = '\0';
}

bool live_differs(const char *const *texts)
{
	char line[LIVE_MAX];

	choose_text(texts, line, sizeof(line));
	return !is_shown || strcmp(line, shown) != 0;
}

void live_show(const char *const *texts)
{
	live_clear();
	choose_text(texts, shown, sizeof(shown));
	stream_print(stream_output(), "%s", shown);
	is_shown = true;
}
