/* The exit code of a run. */
#ifndef CORE_RUN_EXIT_H
#define CORE_RUN_EXIT_H

struct run;

/* By how the run has ended: its outcome, faults and phase. */
int run_exit_code(const struct run *run);

#endif
