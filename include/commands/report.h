/*
 * What a run says while it goes and at its end. Phases are said when they end, with the time that
 * they took.
 */
#ifndef COMMANDS_REPORT_H
#define COMMANDS_REPORT_H

#include <stddef.h>

#include "core/run.h"

extern const struct run_events report_events;

/* How the service stands at the end of a run, in one line for the init system. Returns ret. */
const char *report_status(const struct run *run, char *ret, size_t size);

/* What state the service is in now, and what to do next. */
void report_end(const struct run *run);

/* What leads out of a handover that is under way: one sentence without a full stop. Rollback is in
 * it only where it would not be refused. */
const char *report_way_on(const struct facts *f);

/* "; it had 10.00 s (--start-timeout, ...)" where that is how the wait ended, else "". Returns ret.
 */
const char *report_in_time(const struct run *run, enum fault fault, char *ret, size_t size);

/* A child of the master that executes something, if one was seen: an intrusion. */
void report_intruder(const struct world *w);

/* The same of a reload; report_end() calls it. */
void report_reload_end(const struct run *run);

#endif
