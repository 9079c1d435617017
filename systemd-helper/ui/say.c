/* Terminal, syslog and JSON. A line is built whole and written by one call. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "ui/escape.h"
#include "ui/say.h"

enum { LINE_MAX_ = 8192 };

static struct say_options options;
static bool colour;
static bool live;      /* standard output is a terminal */
static bool live_line; /* one stands there now */
static bool holding;
static char *held; /* lines for standard error, ended with NUL; NULL: none */
static size_t held_length;
static say_sink_fn *sink;
static bool sink_is_output;

void say_open(const struct say_options *o)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	options = *o;
	live = !o->json && !o->quiet && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
	colour = live && isatty(STDERR_FILENO) && !(no_colour && *no_colour);
	openlog("nginx-handover", LOG_PID, LOG_DAEMON);
}

void say_set_sink(say_sink_fn *fn, bool is_output)
{
	sink = fn;
	sink_is_output = is_output;
}

const struct say_options *say_how(void)
{
	return &options;
}

bool say_is_live(void)
{
	return live && !holding;
}

static void clear_live(void)
{
	if (live_line)
		(void)fputs("\r\033[K", stdout);
	live_line = false;
}

static const char *level_prefix(enum say_level level)
{
	switch (level) {
	case SAY_ERROR: return colour ? "\033[1;31merror:\033[0m " : "error: ";
	case SAY_WARNING: return colour ? "\033[1;33mwarning:\033[0m " : "warning: ";
	default: return "";
	}
}

void say_hold(void)
{
	holding = true;
}

void say_release(void)
{
	holding = false;
	if (held)
		(void)fputs(held, stderr);
	(void)fflush(stderr);
	free(held);
	held = NULL;
	held_length = 0;
}

/* False: there is no memory for it, it has to be shown now. */
static bool keep(enum say_level level, const char *line)
{
	const char *prefix = level_prefix(level);
	size_t more = strlen(options.prefix) + strlen(prefix) + strlen(line) + 1;
	char *longer = realloc(held, held_length + more + 1);

	if (!longer)
		return false;
	held = longer;
	(void)snprintf(held + held_length, more + 1, "%s%s%s\n", options.prefix, prefix, line);
	held_length += more;
	return true;
}

static void to_terminal(enum say_level level, const char *line)
{
	FILE *out = level <= SAY_WARNING ? stderr : stdout;

	if (level > SAY_WARNING && (options.quiet || holding))
		return;
	if (holding && keep(level, line))
		return;
	clear_live();
	(void)fflush(stdout);
	(void)fprintf(out, "%s%s%s\n", options.prefix, level_prefix(level), line);
	(void)fflush(out);
}

static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};

/* The journal knows whose stream it is, also when we have gone before it reads. */
static void to_stream(enum say_level level, const char *line)
{
	(void)printf("<%d>%s\n", priorities[level], line);
	(void)fflush(stdout);
}

static void to_syslog(enum say_level level, const char *line)
{
	if (level <= SAY_NOTICE)
		syslog(priorities[level], "%s", line);
}

static void to_json(enum say_level level, const char *event, const struct say_field *fields,
		    const char *line)
{
	static const char *const levels[] = {"error", "warning", "notice", "info", "debug"};
	char quoted[LINE_MAX_];

	(void)printf("{\"level\":\"%s\",\"event\":\"%s\"", levels[level], event);
	for (; fields && fields->name; fields++) {
		if (fields->text)
			(void)printf(",\"%s\":%s", fields->name,
				     json_quote(fields->text, quoted, sizeof(quoted)));
		else
			(void)printf(",\"%s\":%llu", fields->name,
				     (unsigned long long)fields->number);
	}
	(void)printf(",\"message\":%s}\n", json_quote(line, quoted, sizeof(quoted)));
	(void)fflush(stdout);
}

static void say_line(enum say_level level, const char *event, const struct say_field *fields,
		     const char *format, va_list ap)
{
	char raw[LINE_MAX_];
	char line[LINE_MAX_];
	int saved = errno;
	bool sunk;

	if (level == SAY_DEBUG && !options.verbose)
		return;
	(void)vsnprintf(raw, sizeof(raw), format, ap);
	(void)say_escape(raw, line, sizeof(line));
	sunk = level < SAY_DEBUG && sink && sink(level, event, fields, line);
	if (options.json)
		to_json(level, event, fields, line);
	else if (!sink_is_output)
		to_terminal(level, line);
	else if (!sunk)
		to_stream(level, line);
	if (!sunk && (options.json || !sink_is_output))
		to_syslog(level, line);
	errno = saved;
}

void say(enum say_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(level, "message", NULL, format, ap);
	va_end(ap);
}

void say_event(enum say_level level, const char *event, const struct say_field *fields,
	       const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(level, event, fields, format, ap);
	va_end(ap);
}

void say_live(const char *format, ...)
{
	char raw[256];
	va_list ap;

	if (!say_is_live())
		return;
	va_start(ap, format);
	(void)vsnprintf(raw, sizeof(raw), format, ap);
	va_end(ap);
	clear_live();
	(void)fputs(raw, stdout);
	(void)fflush(stdout);
	live_line = true;
}
