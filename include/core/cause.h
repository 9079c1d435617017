/* What nginx says in its error log about why a run failed. */
#ifndef CORE_CAUSE_H
#define CORE_CAUSE_H

#include <stddef.h>

struct run;

/*
 * Why nginx did not do what this run asked for: of the lines since run->log was marked those of the
 * new master and its workers (in a reload or stop: of the master), and what the old master says
 * about them. Arguments and result as error_log_cause().
 */
size_t run_cause(const struct run *run, char *ret, size_t size);

/* The same about what every generation was asked for. */
size_t run_cause_of_all(const struct run *run, char *ret, size_t size);

#endif
