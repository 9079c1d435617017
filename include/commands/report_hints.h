/* Words about settings, of nginx and of the kernel, with which a handover would lose less. */
#ifndef COMMANDS_REPORT_HINTS_H
#define COMMANDS_REPORT_HINTS_H

#include "core/preflight.h"
#include "core/run.h"

/* What the checks found; nothing where they were not asked for that. */
void report_hints(const struct preflight *p);

/* Before this action of a run: it closes sockets, and what waits on them is reset. */
void report_migrate(const struct run *run, enum action action);

#endif
