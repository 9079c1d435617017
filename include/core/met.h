/* How many clients may have met a new generation that had to go again. */
#ifndef CORE_MET_H
#define CORE_MET_H

#include <stdbool.h>
#include <stdint.h>

struct run;

/*
 * From the first look that shows the new generation accept until it is told to leave. All TCP
 * connections to any listener of this network namespace are counted, so that no more clients than
 * this can have met it by TCP.
 */
struct met {
	uint64_t began_us; /* first seen to accept; 0: never */
	uint64_t took_us;  /* 0: it still accepts */
	uint64_t opens;    /* tcp_opens_of() at the begin; at the end the difference */
	bool counted;      /* false: `opens` is not known */
};

/* After each look: fills run->met. */
void met_watch(struct run *run);

#endif
