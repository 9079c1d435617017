/*
 * Between classes.c and the file of each kind: what they share, and how each is begun.
 */
#ifndef LOAD_KINDS_H
#define LOAD_KINDS_H

#include "conn.h"

/* What is begun by the clock, `rate` a second, whatever the server does. */
struct pacer {
	struct load *load;
	struct timer timer;
	unsigned rate;
	uint64_t paced; /* how many it has begun */
	void (*begin)(struct load *load);
};

struct classes {
	struct pacer new_pacer;
	struct pacer udp_pacer;
	int new_ready;
	int udp_ready;
	uint64_t udp_sent;
	size_t not_ready; /* parts of the load that have not shown yet that they work */
	size_t next_target[CLASS_COUNT];
	char *requests[CLASS_COUNT];
	int64_t file_len; /* of the slow downloads */
	uint64_t file_hash;
};

/* For classes.c. The starters only set timers; the first request follows from the loop. */
void new_start(struct load *load);
void udp_start(struct load *load);
int keepalive_start(struct load *load);
int slow_read_file(const char *path, struct classes *classes);
int slow_start(struct load *load);
/* Nothing new begins any more: read the rest as fast as it comes. */
void slow_hurry(struct conn *conn);

/* For those of the clock. */
void pacer_start(struct pacer *pacer, struct load *load, unsigned rate,
		 void (*begin)(struct load *load));

/* From classes.c. The targets take turns. */
const struct target *pick_target(struct load *load, enum load_class class);
/* Says so to whoever waits when this was the last part of the load that had not worked yet. */
void part_is_ready(struct load *load, int *ready);

#endif
