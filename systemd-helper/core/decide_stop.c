/*
 * Stop: every generation gets QUIT, the old one first. If the new one left first, an old master
 * without QUIT would take that for a failed upgrade and start its workers again. What has not left
 * by the deadline gets TERM, which cuts clients off, and then KILL, which no process can ignore.
 *
 * A stop may interrupt a handover whose new generation was never proven. Then it puts the old
 * binary back, so that the next start executes the one that has served so far. It does this first,
 * so that it happens even if the stop fails.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/decide.h"
#include "core/decision.h"
#include "core/facts.h"
#include "core/fault.h"

struct step {
	enum action on_old;
	enum action on_new;
};

static const struct step steps[] = {
	{ACT_QUIT_OLD, ACT_QUIT_NEW},
	{ACT_TERM_OLD, ACT_TERM_NEW},
	{ACT_KILL_OLD, ACT_KILL_NEW},
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static uint64_t step_time_us(const struct step *s, const struct history *h)
{
	return later(h->acted_us[s->on_old], h->acted_us[s->on_new]);
}

/*
 * A new master may be about to appear: a USR2 is pending, a child has not executed the new binary
 * yet, or a new master has not written its pid file. If its parent ended now, neither this run nor
 * a later one would find it.
 */
static bool new_may_be_lost(const struct facts *f, const struct history *h)
{
	return f->old.alive && !f->closing && !acted(h, ACT_QUIT_OLD) &&
	       (!f->old.idle || (f->oldbin && f->pid_file != PID_FILE_NEW));
}

/* A master without workers has nothing to finish: if it does not leave it hangs. */
static bool has_workers(const struct generation_facts *g)
{
	return g->accepting || g->starting || g->leaving;
}

struct decision decide_stop(const struct facts *f, const struct ask *a, const struct history *h)
{
	struct decision d;
	size_t i;

	if (a->restore_binary && !f->binary_is_old && !acted(h, ACT_RESTORE_BINARY))
		return decision_act(ACT_RESTORE_BINARY);
	if (new_may_be_lost(f, h) && h->now_us < h->began_us + a->start_timeout_us)
		return decision_wait(h->began_us + a->start_timeout_us);
	for (i = 0; i < STEPS && (f->old.alive || f->new.alive); i++) {
		uint64_t patience_us = i == 0 && (has_workers(&f->old) || has_workers(&f->new))
					       ? a->drain_timeout_us
					       : a->start_timeout_us;
		uint64_t until_us;

		if (f->old.alive && !acted(h, steps[i].on_old))
			return decision_act(steps[i].on_old);
		if (f->new.alive && !acted(h, steps[i].on_new))
			return decision_act(steps[i].on_new);
		until_us = step_time_us(&steps[i], h) + patience_us;
		if (h->now_us < until_us)
			return decision_wait(until_us);
	}
	if (f->old.alive || f->new.alive)
		return decision_end(OUTCOME_STUCK, FAULT_STAYS);
	if (searches_first(h))
		return decision_act(ACT_SEARCH);
	if (sweep_orphans(&f->old, a, h, &d) || sweep_orphans(&f->new, a, h, &d))
		return d;
	if (f->old.orphans || f->new.orphans)
		return decision_end(OUTCOME_STUCK, FAULT_STAYS);
	if (!searched(h))
		return decision_act(ACT_SEARCH);
	return decision_end(OUTCOME_STOPPED, FAULT_NONE);
}
