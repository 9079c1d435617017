/*
 * Prints all messages: to the terminal, to syslog, and with --json as one object a line on standard
 * output. No call blocks (ui/outlet.h). Every line is escaped, since it may contain text from
 * outside (a title, a log line, a path): so no process name can control somebody's terminal. errno
 * is preserved.
 *
 *	say_open -> (say, say_event, ...) -> say_end -> say_close
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
	bool unlogged;      /* nothing goes to syslog: for a command that prints again and again */
	const char *prefix; /* of each line on the terminal, where other programs print, too. Kept
			       by reference */
};

/* A named value, for --json and for the journal. */
struct say_field {
	const char *name;
	const char *text; /* NULL: the value is `number` */
	uint64_t number;
};

/* Copies *options. */
void say_open(const struct say_options *options);

/* The options that say_open() was called with. */
const struct say_options *say_how(void);

/* Turns colours off. */
void say_plain(void);

/*
 * For an adapter that prints a line of its own: between these two calls, errors and warnings are
 * held back from the terminal, and all else is not shown there. Syslog and the sink get everything
 * at once.
 */
void say_hold(void);
void say_release(void);

/* Drops the lines that are held back: what was printed since says the same. */
void say_forget(void);

/*
 * Writes a line to the journal. It gets every line but those of SAY_DEBUG, and then syslog does
 * not. False: it could not write.
 */
typedef bool say_sink_fn(enum say_level level, const char *event, const struct say_field *fields,
			 const char *line);

/*
 * outlet: where the sink writes to, so that it is offered and drained here; NULL: it has none.
 * is_output: standard output and standard error lead to the same journal. Then they get only the
 * lines that the sink could not write, each with its priority in front (sd-daemon(3)), and JSON.
 */
void say_set_sink(say_sink_fn *sink, struct outlet *outlet, bool is_output);

/* Prints one line. The text has no newline. */
void say(enum say_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, with the name of the event and its values. fields: its last element has the name NULL;
 * or NULL. */
void say_event(enum say_level level, const char *event, const struct say_field *fields,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The colour of a line, where the terminal shows colours. */
enum say_paint { PAINT_NONE, PAINT_GOOD, PAINT_ODD, PAINT_BAD };

/* The same as say_event(), in that colour. */
void say_event_painted(enum say_level level, enum say_paint paint, const char *event,
		       const struct say_field *fields, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same as a notice, for logs and --json only: the terminal does not show it. */
void say_record(const char *event, const struct say_field *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same as say_event(); but a terminal with a live line does not show it: the live line does. */
void say_event_logs(enum say_level level, const char *event, const struct say_field *fields,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Shows the live line, which the next one overwrites; only where standard output is a terminal.
 * texts: the same in several lengths, the longest first, a NULL at the end. The first that fits the
 * terminal's present width is shown; where none does, the last one, truncated.
 */
void say_live(const char *const *texts);

/* Whether there is a terminal for say_live(). */
bool say_is_live(void);

/* Tries again to write what is still queued. To be called in every round of a wait. */
void say_offer(void);

/* How the command ended, for --json. */
struct say_end {
	const char *verb; /* "": none was known */
	const char *verdict;
	int code;
	bool changed;
	const char *message; /* NULL: "VERB: VERDICT" */
};

/* With --json: prepares the event "end", which say_close() prints after everything else. */
void say_end(const struct say_end *end);

/*
 * At the end of the program: waits a second at most until everything has been written. What was not
 * is lost, and a warning of that is printed wherever that is still possible.
 */
void say_close(void);

#endif
