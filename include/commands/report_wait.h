/* What is said while a run waits, and about whom it waits for. */
#ifndef COMMANDS_REPORT_WAIT_H
#define COMMANDS_REPORT_WAIT_H

#include "core/run.h"

/*
 * Of run_events: the live line where there is a terminal, a line a minute for logs while workers
 * finish their clients, and the status of the service.
 */
void report_wait(const struct run *run, const struct decision *d);

/*
 * "from 203.0.113.9:51234 to port 8080, at least 2h 3min old, quiet for 50 s"; "" where none is
 * known. Returns ret.
 */
const char *report_client(const struct run *run, const struct client *c, char *ret, size_t size);

/* "43 s", "1min 12s", "2h 3min": whole seconds. Returns ret; 32 bytes are enough. */
const char *seconds_text(uint64_t us, char *ret, size_t size);

#endif
