/* What the files of reports share. Private to commands/report*.c. */
#ifndef COMMANDS_REPORT_PRIVATE_H
#define COMMANDS_REPORT_PRIVATE_H

#include <stddef.h>

#include "commands/report.h" /* IWYU pragma: export */
#include "core/facts.h"
#include "core/fault.h"
#include "core/run.h"

/* "  NAME 12: 2 accepting 1 leaving"; "" if the master is dead. */
void report_describe(const char *name, pid_t master, const struct generation_facts *g, char *ret,
		     size_t size);

/* ": " and the cause of the fault, by the probe that has failed, or nginx's error log; "": unknown.
 * Returns ret. */
const char *report_cause(const struct run *run, enum fault fault, char *ret, size_t size);

/* ": " and why the processes cannot be looked at. Returns ret. */
const char *report_unseen(const struct run *run, char *ret, size_t size);

#endif
