/*
 * What is begun by the clock. Each is due by its number, counted from the start, so that no error
 * adds up.
 */
#define _GNU_SOURCE
#include "kinds.h"

#define BURST 128 /* then the answers get their turn */

static uint64_t due_ns(const struct pacer *pacer)
{
	return pacer->load->start_ns + pacer->paced * NS_PER_S / pacer->rate;
}

static void pace(void *arg)
{
	struct pacer *pacer = arg;
	struct load *load = pacer->load;
	uint64_t now = now_ns();
	int burst = 0;

	while (due_ns(pacer) <= now && burst++ < BURST) {
		uint64_t late_ns = now - due_ns(pacer);

		if (late_ns > load->stats.late_max_ns)
			load->stats.late_max_ns = late_ns;
		pacer->paced++;
		pacer->begin(load);
	}
	timer_set(&load->timers, &pacer->timer, due_ns(pacer) > now ? due_ns(pacer) : now_ns());
}

void pacer_start(struct pacer *pacer, struct load *load, unsigned rate,
		 void (*begin)(struct load *load))
{
	pacer->load = load;
	pacer->rate = rate;
	pacer->begin = begin;
	pacer->timer.fire = pace;
	pacer->timer.arg = pacer;
	timer_set(&load->timers, &pacer->timer, load->start_ns);
}
