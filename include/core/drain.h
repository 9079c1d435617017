/*
 * The clients that a run waits for: those of workers that leave, counted from time to time during
 * the wait. This is for messages; it decides nothing.
 *
 *	drain_watch before each wait -> read the fields; drain_reset at begin and end
 */
#ifndef CORE_DRAIN_H
#define CORE_DRAIN_H

#include <stdint.h>

#include "core/facts.h"
#include "core/world.h"
#include "nginx/clients.h"

struct run;

struct drain {
	uint64_t since_us;   /* of the first look that showed a worker leave; 0: no worker leaves */
	unsigned workers;    /* workers that leave or have lost their master */
	uint64_t counted_us; /* when the clients were counted; 0: not yet */
	struct clients clients; /* as of counted_us */
	bool line_due;          /* another minute has passed, and logs get a line */

	/* Of drain.c. */
	uint64_t cost_us; /* of the last count */
	unsigned minutes; /* that were reported */
};

/* Accepts a zeroed one. */
void drain_reset(struct drain *d);

/* After a look; its time is run->history.now_us. */
void drain_watch(struct run *run);

/* Adds the clients of the workers that leave or have lost their master, of both generations, to
 * *ret, on which clients_init() was called. */
void drain_count(const struct world *w, const struct facts *f, struct clients *ret);

/*
 * The least age of that client's connection: workers that leave have accepted nobody since they
 * began to leave, and the kernel may know more. 0: not known.
 */
uint64_t drain_age_us(const struct run *run, const struct client *c);

#endif
