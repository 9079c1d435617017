/* Connects a run with the probe whether a new generation reads its sockets and accepts. */
#include <stdlib.h>

#include "core/probe.h"
#include "core/probe_accepts.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/accept_connect.h"
#include "nginx/probe.h"
#include "nginx/probe_accept.h"
#include "nginx/title.h"

void probe_accept_note(struct accept_probe *p, const struct run *run)
{
	const struct generation *g = &run->world.old;
	pid_t *workers;
	size_t count;

	if (run->world.new.subject.process.pid ||
	    generation_titled(g, TITLE_WORKER, &workers, &count) < 0)
		return;
	if (count)
		(void)accept_probe_note_old(p, g->subject.process.pid, workers, count);
	free(workers);
}

static int begin(void *arg, const struct run *run)
{
	const struct world *w = &run->world;

	return accept_probe_begin(arg, generation_master(&w->old, &run->facts.old), &w->new.subject,
				  &w->believed);
}

static enum probe_state step(void *arg, const struct run *run, struct probe_text *ret)
{
	enum probe_state state = PROBE_GOING;
	struct acceptors by;
	pid_t *workers;
	pid_t *old;

	/* Without memory: try again in the next look. */
	if (generation_titled(&run->world.new, TITLE_WORKER, &workers, &by.count) < 0)
		return state;
	if (generation_titled(&run->world.old, TITLE_WORKER, &old, &by.old_count) == 0) {
		by.workers = workers;
		by.old = old;
		state = accept_probe_step(arg, &by, ret);
		free(old);
	}
	free(workers);
	return state;
}

static void end(void *arg)
{
	accept_probe_end(arg);
}

const struct probe_kind probe_accept_kind = {
	.name = "accept", .begin = begin, .step = step, .end = end};
