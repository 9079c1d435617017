/*
 * Everything that is said goes through here: to the terminal, to syslog, and with --json as one
 * object a line on standard output. Nothing of that waits for whoever reads it; see ui/outlet.h.
 * Whatever comes from outside (a title, a log line, a path) is
 * escaped on the way, so that no process name can move somebody's cursor. errno is preserved.
 */
#ifndef UI_SAY_H
#define UI_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/outlet.h"

enum say_level {
	SAY_ERROR,   /* standard error, syslog */
	SAY_WARNING, /* standard error, syslog */
	SAY_NOTICE,  /* standard output, syslog */
	SAY_INFO,    /* standard output */
	SAY_DEBUG    /* standard output with -v */
};

struct say_options {
	bool quiet; /* errors and warnings only */
	bool verbose;
	bool json;
	bool unlogged;      /* what is said again and again is nothing for syslog */
	const char *prefix; /* of each line on the terminal: where others print, too */
};

/* A named value for --json. */
struct say_field {
	const char *name;
	const char *text; /* NULL: number counts */
	uint64_t number;
};

void say_open(const struct say_options *options);

/* As it was opened. */
const struct say_options *say_how(void);

/* Without colours from here on, also where the terminal would take them. */
void say_plain(void);

/*
 * For an adapter that prints a line of its own: errors and warnings wait for say_release(), the
 * rest is not shown at all. Syslog and the sink get everything at once.
 */
void say_hold(void);
void say_release(void);

/* What waits is not shown: what was said since tells it all. */
void say_forget(void);

/*
 * Takes every line but debug ones in place of syslog: the journal. False: it could not.
 */
typedef bool say_sink_fn(enum say_level level, const char *event, const struct say_field *fields,
			 const char *line);

/*
 * outlet: where the sink puts it; NULL: no outlet of ours. is_output: standard output and error end
 * in that sink anyway. They get only what it did not take, each line with its priority in front
 * (sd-daemon(3)), and JSON.
 */
void say_set_sink(say_sink_fn *sink, struct outlet *outlet, bool is_output);

/* One line, without its newline. */
void say(enum say_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with the name of the event and its values; fields ends with a NULL name. */
void say_event(enum say_level level, const char *event, const struct say_field *fields,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same as a notice for logs and --json: the terminal shows nothing of it. */
void say_record(const char *event, const struct say_field *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for logs and JSON; people have it in the live line, where there is one. */
void say_event_logs(enum say_level level, const char *event, const struct say_field *fields,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * A line that the next one overwrites; only where standard output is a terminal. texts, ended with
 * NULL: longest first. The first that fits into the terminal's width is shown, as it is now; of
 * the last as much as fits.
 */
void say_live(const char *const *texts);

/* Whether say_live() shows anything. */
bool say_is_live(void);

/* Offers what was not taken yet to where it should go. For every round of a wait; mostly nothing.
 */
void say_offer(void);

/* How it ended, for --json. */
struct say_end {
	const char *verb; /* "" where none was known */
	const char *verdict;
	int code;
	bool changed;
	const char *message; /* NULL: verb and verdict say it all */
};

/* With --json, the event "end": say_close() says it, behind everything else. */
void say_end(const struct say_end *end);

/*
 * The end: all that was said gets a second to arrive. What does not is lost, and that is said
 * wherever something still arrives.
 */
void say_close(void);

#endif
