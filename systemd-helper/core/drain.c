/*
 * Counts the clients that are waited for. This takes longer than a look: some milliseconds with
 * thousands of clients. So it is done once a second, or less often where it takes long.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/drain.h"
#include "core/facts.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/clients.h"
#include "nginx/title.h"
#include "os/clock.h"

enum { FIRST_US = 300000, AGAIN_US = 1000000, COSTS = 20, MINUTE_US = 60000000 };

void drain_reset(struct drain *d)
{
	clients_free(&d->clients);
	memset(d, 0, sizeof(*d));
	clients_init(&d->clients);
}

/*
 * Adds workers that leave. Workers whose master is gone count even if they have not begun to leave.
 */
static size_t add_leaving(const struct generation *g, const struct generation_facts *f, pid_t *pids)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (!f->alive || g->workers[i].title == TITLE_LEAVING)
			pids[n++] = g->workers[i].pid;
	}
	return n;
}

void drain_count(const struct world *w, const struct facts *f, struct clients *ret)
{
	const pid_t masters[2] = {generation_master(&w->old, &f->old),
				  generation_master(&w->new, &f->new)};
	pid_t *pids = malloc((w->old.count + w->new.count + 1) * sizeof(*pids));
	size_t n;

	if (!pids)
		return;
	n = add_leaving(&w->old, &f->old, pids);
	n += add_leaving(&w->new, &f->new, pids + n);
	if (n)
		clients_count(pids, n, masters, NULL, ret);
	free(pids);
}

static void count_again(struct run *run)
{
	struct drain *d = &run->drain;
	uint64_t began_us = clock_us();

	clients_free(&d->clients);
	d->clients.ask_oldest = true;
	drain_count(&run->world, &run->facts, &d->clients);
	d->counted_us = run->history.now_us;
	d->cost_us = clock_us() - began_us;
}

static bool is_count_due(const struct drain *d, uint64_t now_us)
{
	uint64_t pause_us = COSTS * d->cost_us;

	if (!d->counted_us)
		return now_us >= d->since_us + FIRST_US;
	return now_us >= d->counted_us + (pause_us > AGAIN_US ? pause_us : AGAIN_US);
}

void drain_watch(struct run *run)
{
	const struct facts *f = &run->facts;
	struct drain *d = &run->drain;
	uint64_t now_us = run->history.now_us;
	unsigned workers = f->old.leaving + f->old.orphans + f->new.leaving + f->new.orphans;

	if (!workers) {
		if (d->since_us)
			drain_reset(d);
		return;
	}
	if (!d->since_us)
		d->since_us = now_us;
	d->workers = workers;
	d->line_due = now_us >= d->since_us + (d->minutes + 1) * (uint64_t)MINUTE_US;
	if (d->line_due)
		d->minutes = (unsigned)((now_us - d->since_us) / MINUTE_US);
	if (d->line_due || is_count_due(d, now_us))
		count_again(run);
}

/* The age of the oldest worker: no connection is older. */
static uint64_t oldest_worker_us(const struct world *w)
{
	uint64_t oldest = 0;
	size_t i;

	for (i = 0; i < w->old.count + w->new.count; i++) {
		const struct worker *worker =
			i < w->old.count ? &w->old.workers[i] : &w->new.workers[i - w->old.count];
		uint64_t age_us = clock_age_us(worker->start_ticks);

		if (age_us > oldest)
			oldest = age_us;
	}
	return oldest;
}

uint64_t drain_age_us(const struct run *run, const struct client *c)
{
	uint64_t since_us = run->drain.since_us;
	uint64_t now_us = run->history.now_us;
	uint64_t least_us = since_us && now_us > since_us ? now_us - since_us : 0;

	if (c->row.age_us > least_us && c->row.age_us <= oldest_worker_us(&run->world))
		return c->row.age_us;
	return least_us;
}
