/*
 * What is printed during a run and at its end. A phase is printed when it has ended, with the time
 * that it took. Functions with `ret` and `size` fill that buffer, and return ret.
 */
#ifndef COMMANDS_REPORT_H
#define COMMANDS_REPORT_H

#include <stddef.h>

#include "core/facts.h"
#include "core/fault.h"
#include "core/run.h"
#include "core/world.h"
#include "ui/say.h"

extern const struct run_events report_events;

/* The state of the service at the end of a run, in one line for the init system. */
const char *report_status(const struct run *run, char *ret, size_t size);

/* Whether a handover may be called "done": surely no client has lost its connection. */
bool report_lossless(const struct run *run);

/* Whether no client of HTTP/3 was lost: each new one was led to the right generation, until the old
 * generation had ended by itself. */
bool report_led(const struct run *run);

/* Prints the state of the service, and what to do next. */
void report_end(const struct run *run);

/* What to do about a handover that is under way: one sentence without a full stop. It names
 * "rollback" only where that would not be refused. */
const char *report_way_on(const struct facts *f);

/* "; it had 10.00 s (--start-timeout, ...)" if the fault is that the time was over; else "". */
const char *report_in_time(const struct run *run, enum fault fault, char *ret, size_t size);

/* For a cut that the user has asked for, by an option, a setting or a verb. */
#define REPORT_AS_ASKED ", as asked"

/*
 * "; 3 connections were cut after 2 s, as asked (2 TCP, 1 unix)", and what else has cut
 * connections; "": nothing has. `as`: the words about who has asked for it (REPORT_AS_ASKED).
 */
const char *report_cut(const struct run *run, const char *as, char *ret, size_t size);

/* How many connections are known to have been cut. */
unsigned report_cut_count(const struct run *run);

/* The same for --json: members of an array of struct say_field. */
#define REPORT_CUT_FIELDS(run)                                                                     \
	{"cut", NULL, report_cut_count(run)}, {"cut_tcp", NULL, (run)->cut.clients.tcp},           \
		{"cut_unix", NULL, (run)->cut.clients.local},                                      \
		{"cut_udp", NULL, (run)->cut.clients.udp},                                         \
		{"cut_waiting", NULL, (run)->cut.clients.waiting},                                 \
		{"cut_workers", NULL, (run)->cut.killed},                                          \
	{                                                                                          \
		"cut_after_us", NULL, (run)->cut.after_us                                          \
	}

/* SAY_WARNING if something was cut that the user has not asked for, else `usual`. */
enum say_level report_cut_level(const struct run *run, enum say_level usual);

/* Prints that a child of the master executes another program, if the last look has seen one:
 * nginx's workers never do that, so it is an intrusion. */
void report_intruder(const struct world *w);

/* The end of a reload. Of report_end(). */
void report_reload_end(const struct run *run);

#endif
