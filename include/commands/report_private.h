/* What the lines in the middle of a run and those at its end share. Private to commands/report*.c.
 */
#ifndef COMMANDS_REPORT_PRIVATE_H
#define COMMANDS_REPORT_PRIVATE_H

#include "commands/report.h"

/* "  NAME 12: 2 accepting 1 leaving", or "" where the master is dead. */
void report_describe(const char *name, pid_t master, const struct generation_facts *g, char *ret,
		     size_t size);

/* ": " and what is known of the cause, by the probe or nginx's error log; "": nothing. Returns ret.
 */
const char *report_cause(const struct run *run, enum fault fault, char *ret, size_t size);

/* ": " and why the system cannot be looked at. Returns ret. */
const char *report_unseen(const struct run *run, char *ret, size_t size);

#endif
