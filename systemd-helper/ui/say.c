/* Prints to the terminal, to syslog, and as JSON. A line is put together first, and is one piece of
 * its outlet. */
#define _GNU_SOURCE /* open_memstream() with the headers of glibc 2.12 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "os/clock.h"
#include "ui/escape.h"
#include "ui/live.h"
#include "ui/outlet.h"
#include "ui/say.h"
#include "ui/stream.h"
#include "ui/system_log.h"
#include "ui/terminal.h"

/* The longest line; how long say_close() waits for all that was printed, and then for what it
 * prints itself. */
enum { LINE_MAX_ = 8192, CLOSE_US = 1000000, END_US = 200000 };

/* There is one terminal and one log for the whole process, and so one state of both. */
static struct say_options options = {.prefix = ""};
static bool colour; /* the terminal shows colours */
static bool live;   /* standard output is a terminal that may have a live line */
static bool holding;
static char *held; /* lines for standard error that are held back, NUL-terminated; NULL: none */
static size_t held_length;
static say_sink_fn *sink;
static struct outlet *sink_outlet;
static bool sink_is_output;
static char *end_line; /* the event "end" as JSON; NULL: none */

void say_open(const struct say_options *o)
{
	const char *term = getenv("TERM");

	options = *o;
	live = !o->json && !o->quiet && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
	colour = live && terminal_takes_colour(STDOUT_FILENO) &&
		 terminal_takes_colour(STDERR_FILENO);
	/* Now, while this process is still the user that started it: only that user may open the
	 * streams again, and this process may become another user. */
	(void)stream_output();
	(void)stream_error();
}

void say_set_sink(say_sink_fn *fn, struct outlet *outlet, bool is_output)
{
	sink = fn;
	sink_outlet = outlet;
	sink_is_output = is_output;
}

void say_plain(void)
{
	colour = false;
}

const struct say_options *say_how(void)
{
	return &options;
}

bool say_is_live(void)
{
	return live && !holding;
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
		outlet_put(stream_error(), held, held_length);
	free(held);
	held = NULL;
	held_length = 0;
}

void say_forget(void)
{
	free(held);
	held = NULL;
	held_length = 0;
}

/* Holds the line back. False: there is no memory, and it has to be shown now. */
static bool hold_back(enum say_level level, const char *line)
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

static const char *paint_begin(enum say_paint paint)
{
	static const char *const begins[] = {"", "\033[32m", "\033[33m", "\033[31m"};

	return colour ? begins[paint] : "";
}

static const char *paint_end(enum say_paint paint)
{
	return colour && paint != PAINT_NONE ? "\033[0m" : "";
}

static void to_terminal(enum say_level level, enum say_paint paint, const char *line)
{
	bool is_error = level <= SAY_WARNING && stream_error()->open;

	if (level > SAY_WARNING && (options.quiet || holding))
		return;
	if (holding && hold_back(level, line))
		return;
	live_clear();
	stream_print(is_error ? stream_error() : stream_output(), "%s%s%s%s%s\n", options.prefix,
		     level_prefix(level), paint_begin(paint), line, paint_end(paint));
}

static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};

/* To a stream that leads to the journal. journald knows which process a stream belongs to, even if
 * that process has ended before journald reads the line. */
static void to_stream(enum say_level level, const char *line)
{
	stream_print(stream_output(), "<%d>%s\n", priorities[level], line);
}

static void to_syslog(enum say_level level, const char *line)
{
	if (level <= SAY_NOTICE)
		system_log_put(priorities[level], line);
}

static void to_json(enum say_level level, const char *event, const struct say_field *fields,
		    const char *line)
{
	static const char *const levels[] = {"error", "warning", "notice", "info", "debug"};
	char shown[LINE_MAX_];
	char quoted[LINE_MAX_];
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	if (!f) {
		outlet_lose(stream_output(), ENOMEM);
		return;
	}
	(void)fprintf(f, "{\"level\":\"%s\",\"event\":\"%s\"", levels[level], event);
	for (; fields && fields->name; fields++) {
		if (fields->text)
			(void)fprintf(f, ",\"%s\":%s", fields->name,
				      json_quote(show_paths(fields->text, shown, sizeof(shown)),
						 quoted, sizeof(quoted)));
		else
			(void)fprintf(f, ",\"%s\":%llu", fields->name,
				      (unsigned long long)fields->number);
	}
	(void)fprintf(f, ",\"message\":%s}\n", json_quote(line, quoted, sizeof(quoted)));
	if (fclose(f) == 0)
		outlet_put(stream_output(), text, length);
	else
		outlet_lose(stream_output(), ENOMEM);
	free(text);
}

/* When the terminal shows a line. */
enum shown { SHOWN_ALWAYS, SHOWN_WITHOUT_LIVE, SHOWN_NEVER };

/* How the terminal shows a line. */
struct look {
	enum shown shown;
	enum say_paint paint;
};

static const struct look as_ever = {SHOWN_ALWAYS, PAINT_NONE};
static const struct look where_not_live = {SHOWN_WITHOUT_LIVE, PAINT_NONE};
static const struct look in_logs = {SHOWN_NEVER, PAINT_NONE};

static void to_terminal_as(struct look look, enum say_level level, const char *line)
{
	if (look.shown == SHOWN_ALWAYS || (look.shown == SHOWN_WITHOUT_LIVE && !say_is_live()))
		to_terminal(level, look.paint, line);
}

/* The text as it is shown: no other process can put control characters into it. */
static void render(const char *format, va_list ap, char ret[LINE_MAX_])
{
	char raw[LINE_MAX_];
	char shown[LINE_MAX_];

	(void)vsnprintf(raw, sizeof(raw), format, ap);
	(void)say_escape(show_paths(raw, shown, sizeof(shown)), ret, LINE_MAX_);
}

static void say_line(enum say_level level, struct look look, const char *event,
		     const struct say_field *fields, const char *format, va_list ap)
{
	char line[LINE_MAX_];
	int saved = errno;
	bool sunk;

	if (level == SAY_DEBUG && !options.verbose)
		return;
	render(format, ap, line);
	sunk = level < SAY_DEBUG && sink && sink(level, event, fields, line);
	if (options.json)
		to_json(level, event, fields, line);
	else if (!sink_is_output)
		to_terminal_as(look, level, line);
	else if (!sunk)
		to_stream(level, line);
	if (!sunk && !options.unlogged && (options.json || !sink_is_output))
		to_syslog(level, line);
	errno = saved;
}

void say(enum say_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(level, as_ever, "message", NULL, format, ap);
	va_end(ap);
}

void say_event(enum say_level level, const char *event, const struct say_field *fields,
	       const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(level, as_ever, event, fields, format, ap);
	va_end(ap);
}

void say_event_painted(enum say_level level, enum say_paint paint, const char *event,
		       const struct say_field *fields, const char *format, ...)
{
	const struct look look = {SHOWN_ALWAYS, paint};
	va_list ap;

	va_start(ap, format);
	say_line(level, look, event, fields, format, ap);
	va_end(ap);
}

void say_record(const char *event, const struct say_field *fields, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(SAY_NOTICE, in_logs, event, fields, format, ap);
	va_end(ap);
}

void say_event_logs(enum say_level level, const char *event, const struct say_field *fields,
		    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(level, where_not_live, event, fields, format, ap);
	va_end(ap);
}

void say_live(const char *const *texts)
{
	if (!say_is_live() || !live_differs(texts))
		return;
	/* The next live line says more, so none is queued for a terminal that accepts nothing now.
	 */
	say_offer();
	if (!stream_output()->first)
		live_show(texts);
}

enum { OUTLETS = 4 };

/* Fills in all outlets, each once. Returns how many. */
static size_t all_outlets(struct outlet *ret[OUTLETS])
{
	size_t count = 0;

	ret[count++] = stream_output();
	if (stream_error() != stream_output())
		ret[count++] = stream_error();
	ret[count++] = system_log();
	if (sink_outlet)
		ret[count++] = sink_outlet;
	return count;
}

void say_offer(void)
{
	struct outlet *list[OUTLETS];
	size_t count = all_outlets(list);
	size_t i;

	for (i = 0; i < count; i++)
		outlet_offer(list[i]);
}

static void say_lost(const struct outlet *o, unsigned long lost)
{
	const struct say_field fields[] = {
		{"where", o->name, 0}, {"lines", NULL, lost}, {NULL, NULL, 0}};
	const char *why = o->error == EAGAIN ? "nobody read them in time" : strerror(o->error);
	char text[256];

	(void)snprintf(
		text, sizeof(text),
		"%lu of the lines did not get to %s and are lost: %s. What to do: \"nginx-handover status\" shows how nginx stands",
		lost, o->name, why);
	say_event(SAY_WARNING, "lost", fields, "%s", text);
	if (options.json && !stream_output()->open)
		to_terminal(SAY_WARNING, PAINT_NONE, text);
}

void say_end(const struct say_end *end)
{
	char text[LINE_MAX_ / 2];
	char shown[LINE_MAX_ / 2];
	char quoted[LINE_MAX_];

	if (!options.json)
		return;
	if (end->message)
		(void)snprintf(text, sizeof(text), "%s", end->message);
	else
		(void)snprintf(text, sizeof(text), "%s: %s", end->verb, end->verdict);
	free(end_line);
	if (asprintf(
		    &end_line,
		    "{\"level\":\"notice\",\"event\":\"end\",\"verb\":\"%s\",\"verdict\":\"%s\",\"code\":%d,\"changed\":%s,\"message\":%s}\n",
		    end->verb, end->verdict, end->code, end->changed ? "true" : "false",
		    json_quote(say_escape(text, shown, sizeof(shown)), quoted, sizeof(quoted))) < 0)
		end_line = NULL;
}

/* Prints the event "end" as it was prepared. */
static void put_end(void)
{
	if (!end_line)
		return;
	outlet_put(stream_output(), end_line, strlen(end_line));
	free(end_line);
	end_line = NULL;
}

void say_close(void)
{
	struct outlet *list[OUTLETS];
	size_t count = all_outlets(list);
	uint64_t until_us = clock_us() + CLOSE_US;
	unsigned long lost[OUTLETS];
	size_t i;

	outlets_drain(list, count, until_us);
	for (i = 0; i < count; i++) {
		lost[i] = list[i]->lost;
		/* A reader that was only slow may read the warning, too. After another error, such
		 * as a full disk, nothing more is written there. */
		if (lost[i] && list[i]->error != EAGAIN)
			outlet_close(list[i]);
	}
	for (i = 0; i < count; i++) {
		if (lost[i])
			say_lost(list[i], lost[i]);
	}
	put_end();
	outlets_drain(list, count, clock_us() + END_US);
}
