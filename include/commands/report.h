/*
 * What a run says while it goes and at its end. Phases are said when they end, with the time that
 * they took.
 */
#ifndef COMMANDS_REPORT_H
#define COMMANDS_REPORT_H

#include <stddef.h>

#include "core/run.h"
#include "ui/say.h"

extern const struct run_events report_events;

/* How the service stands at the end of a run, in one line for the init system. Returns ret. */
const char *report_status(const struct run *run, char *ret, size_t size);

/* Whether a handover that is over may be called done: no client is known to have been cut, or
 * cannot be told. */
bool report_lossless(const struct run *run);

/* What state the service is in now, and what to do next. */
void report_end(const struct run *run);

/* What leads out of a handover that is under way: one sentence without a full stop. Rollback is in
 * it only where it would not be refused. */
const char *report_way_on(const struct facts *f);

/* "; it had 10.00 s (--start-timeout, ...)" where that is how the wait ended, else "". Returns ret.
 */
const char *report_in_time(const struct run *run, enum fault fault, char *ret, size_t size);

/* Of one that was asked for by an option, a setting or a verb. */
#define REPORT_AS_ASKED ", as asked"

/*
 * "; 3 connections were cut after 2 s, as asked (2 TCP, 1 unix)", and what else cut connections; ""
 * where nothing did. `as` says who has asked for it. Returns ret.
 */
const char *report_cut(const struct run *run, const char *as, char *ret, size_t size);

/* How many connections are known to have been cut. */
unsigned report_cut_count(const struct run *run);

/* The same as fields; a struct say_field each. */
#define REPORT_CUT_FIELDS(run)                                                                     \
	{"cut", NULL, report_cut_count(run)}, {"cut_tcp", NULL, (run)->cut.clients.tcp},           \
		{"cut_unix", NULL, (run)->cut.clients.local},                                      \
		{"cut_udp", NULL, (run)->cut.clients.udp},                                         \
		{"cut_waiting", NULL, (run)->cut.clients.waiting},                                 \
		{"cut_workers", NULL, (run)->cut.killed},                                          \
	{                                                                                          \
		"cut_after_us", NULL, (run)->cut.after_us                                          \
	}

/* What was cut without being asked for is a warning. */
enum say_level report_cut_level(const struct run *run, enum say_level usual);

/* A child of the master that executes something, if one was seen: an intrusion. */
void report_intruder(const struct world *w);

/* The same of a reload; report_end() calls it. */
void report_reload_end(const struct run *run);

#endif
