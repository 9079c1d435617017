/*
 * Whom a run waits for: the clients that workers which leave still have, counted now and then while
 * it waits. For what is said about it; it decides nothing.
 *
 *	drain_watch before each wait -> read the fields; drain_reset at begin and end
 */
#ifndef CORE_DRAIN_H
#define CORE_DRAIN_H

#include "nginx/clients.h"

struct run;

struct drain {
	uint64_t since_us;      /* the first look that showed a worker leave; 0: none does */
	unsigned workers;       /* that leave, or have lost their master */
	uint64_t counted_us;    /* when; 0: not yet */
	struct clients clients; /* as they were then */
	bool line_due;          /* for logs: a minute more is over */

	/* Of drain.c. */
	uint64_t cost_us; /* of the last count */
	unsigned minutes; /* that were told */
};

/* Accepts what is all zero. */
void drain_reset(struct drain *d);

/* After a look, by its clock (run->history.now_us). */
void drain_watch(struct run *run);

/*
 * How old that client's connection is, at least: workers that leave have accepted nobody since; the
 * kernel may know more. 0: it is not known.
 */
uint64_t drain_age_us(const struct run *run, const struct client *c);

#endif
