/* Hints about settings, of nginx and of the kernel, with which a handover loses less. */
#ifndef COMMANDS_REPORT_HINTS_H
#define COMMANDS_REPORT_HINTS_H

#include "core/decide.h"
#include "core/preflight.h"
#include "core/run.h"

/* Prints the hints that the checks have found; none where p->wants_hints was not set. */
void report_hints(const struct preflight *p);

/* Before this action: prints a hint if the action closes TCP sockets, so that connections that wait
 * on them are reset. */
void report_migrate(const struct run *run, enum action action);

#endif
