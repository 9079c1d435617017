/* What is printed while a run waits, and about the clients that it waits for. */
#ifndef COMMANDS_REPORT_WAIT_H
#define COMMANDS_REPORT_WAIT_H

#include <stddef.h>
#include <stdint.h>

#include "core/decide.h"
#include "core/run.h"
#include "nginx/clients.h"

/*
 * Called at each wait of a run (run_events): the live line on a terminal, a line a minute for logs
 * while workers finish their clients, and the status for the init system.
 */
void report_wait(const struct run *run, const struct decision *d);

/*
 * "from 203.0.113.9:51234 to port 8080, at least 2h 3min old, quiet for 50 s"; "": no client is
 * known. Returns ret.
 */
const char *report_client(const struct run *run, const struct client *c, char *ret, size_t size);

/* "43 s", "1min 12s", "2h 3min": whole seconds. Returns ret, which needs 32 bytes. */
const char *seconds_text(uint64_t us, char *ret, size_t size);

#endif
