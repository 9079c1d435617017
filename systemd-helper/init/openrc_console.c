/* Stars, words and marks, as OpenRC's own programs print them. */
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "init/openrc_console.h"
#include "ui/outlet.h"
#include "ui/stream.h"
#include "ui/terminal.h"

static const char *const colours[] = {"\033[32;01m", "\033[33;01m", "\033[31;01m"};

#define BRACKET "\033[34;01m"
#define NORMAL  "\033[0m"

/* OpenRC: rc_yesno() */
static bool says(const char *name, const char *const answers[4])
{
	const char *value = getenv(name);
	size_t i;

	for (i = 0; value && i < 4; i++) {
		if (strcasecmp(value, answers[i]) == 0)
			return true;
	}
	return false;
}

static bool is_quiet(void)
{
	static const char *const yes[4] = {"yes", "true", "on", "1"};

	return says("EINFO_QUIET", yes);
}

static bool takes_colour(int fd)
{
	static const char *const no[4] = {"no", "false", "off", "0"};

	return terminal_takes_colour(fd) && !says("EINFO_COLOR", no);
}

bool openrc_has_colours(void)
{
	return takes_colour(STDOUT_FILENO);
}

static void star(struct outlet *out, int fd, enum openrc_tone tone)
{
	bool colour = takes_colour(fd);

	stream_print(out, " %s*%s ", colour ? colours[tone] : "", colour ? NORMAL : "");
}

void openrc_words(const char *words, const char *service)
{
	if (is_quiet())
		return;
	star(stream_output(), STDOUT_FILENO, OPENRC_GOOD);
	stream_print(stream_output(), "%s %s ...", words, service);
}

void openrc_mark(bool good)
{
	enum { WIDTH = 7 }; /* of the mark, and one free column */
	const char *text = good ? " ok " : " !! ";
	unsigned columns, lines;

	if (is_quiet())
		return;
	if (!openrc_has_colours()) {
		stream_print(stream_output(), " [%s]\n", text);
		return;
	}
	terminal_size(STDOUT_FILENO, &columns, &lines);
	if (columns > WIDTH)
		stream_print(stream_output(), "\033[%uG", columns - WIDTH + 1);
	stream_print(stream_output(), BRACKET "[%s%s" BRACKET "]" NORMAL "\n",
		     colours[good ? OPENRC_GOOD : OPENRC_BAD], text);
}

void openrc_line(enum openrc_tone tone, const char *text)
{
	bool bad = tone == OPENRC_BAD;
	struct outlet *out = bad ? stream_error() : stream_output();

	if (!bad && is_quiet())
		return;
	star(out, bad ? STDERR_FILENO : STDOUT_FILENO, tone);
	stream_print(out, "%s\n", text);
}
