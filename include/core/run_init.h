/* What a run tells the init system, and what it hears back (run->heard). */
#ifndef CORE_RUN_INIT_H
#define CORE_RUN_INIT_H

#include <stdint.h>

#include "init/init.h"

struct run;

/* Which masters there are, and which of them is to be the main process, by the last look. */
struct init_round run_round(const struct run *run);

/*
 * Each of these fills run->heard, and has drive() wake up when the init system has more to say:
 * run_begin_init() before the first look, when there is nothing to tell yet; run_tell_init() in
 * each round, with how long from now the run waits; run_ask_init() after a signal that may be the
 * init system's way to stop this service.
 */
void run_begin_init(struct run *run);
void run_tell_init(struct run *run, uint64_t patient_us);
void run_ask_init(struct run *run);

#endif
