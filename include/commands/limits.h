/*
 * Resource limits that the service has been given since its nginx was started (core/raise.h): asks
 * the init system for them, and prints what comes of them.
 */
#ifndef COMMANDS_LIMITS_H
#define COMMANDS_LIMITS_H

#include "commands/findings.h"
#include "commands/session.h"
#include "core/run.h"
#include "os/limits.h"

/* Before the tests of an upgrade: asks the init system, waits for its answer, and fills
 * s->run.raise for the old master. */
void limits_ask(struct session *s);

/* After that: the limits that the next generation will have, for a test of the configuration.
 * Returns room, or NULL: they do not change. */
const struct limits *limits_next(const struct session *s, struct limits *room);

/* For "upgrade --dry-run": prints what would change. */
void limits_say_difference(const struct session *s);

/* For "doctor": adds what would change, and what only a restart would change. */
void limits_find(const struct session *s, struct findings *f);

/* For run_events: prints what was raised (raised), or that it was put back. */
void limits_report(const struct run *run, bool raised);

#endif
