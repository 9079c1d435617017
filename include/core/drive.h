/*
 * The loop of a run.
 *
 *	run.world opened, run.ask filled -> drive() -> read run.outcome, fault, phase
 */
#ifndef CORE_DRIVE_H
#define CORE_DRIVE_H

#include "core/run.h"

/*
 * Repeats observe, decide, act, wait until there is an end, and tells run->events about each step.
 *
 * SIGINT, SIGTERM and SIGQUIT turn the run back while that is possible. SIGUSR1 sets ask.hurry: it
 * goes on without waiting for the clients of the old generation. A look or an action that the
 * system refuses is tried again, for as long as decide() says.
 */
void drive(struct run *run);

#endif
