/*
 * The building blocks of the ways forward, back and to a stop: decisions, deadlines, orphans. All
 * are pure.
 */
#include <stdint.h>
#include "core/decide.h"
#include "core/decision.h"
#include "core/facts.h"
#include "core/fault.h"
#include "nginx/probe.h"

struct decision decision_wait(uint64_t until_us)
{
	struct decision d = {0};

	d.move = MOVE_WAIT;
	d.until_us = until_us;
	return d;
}

struct decision decision_act(enum action action)
{
	struct decision d = {0};

	d.move = MOVE_ACT;
	d.action = action;
	return d;
}

struct decision decision_turn(enum fault fault)
{
	struct decision d = {0};

	d.move = MOVE_TURN;
	d.fault = fault;
	return d;
}

struct decision decision_end(enum outcome outcome, enum fault fault)
{
	struct decision d = {0};

	d.move = MOVE_END;
	d.outcome = outcome;
	d.fault = fault;
	return d;
}

struct decision decision_stuck(enum fault fault)
{
	return decision_end(OUTCOME_STUCK, fault);
}

struct decision wait_or(const struct history *h, uint64_t until_us, struct decision late)
{
	return h->now_us < until_us ? decision_wait(until_us) : late;
}

bool acted(const struct history *h, enum action action)
{
	return h->acted_us[action] != 0;
}

bool skips_winch(const struct facts *f, const struct history *h)
{
	return f->winch_stalls || acted(h, ACT_HUP_OLD);
}

uint64_t acted_or_began_us(const struct history *h, enum action action)
{
	return acted(h, action) ? h->acted_us[action] : h->began_us;
}

uint64_t in_phase_us(const struct history *h, enum action action)
{
	return later(h->acted_us[action], h->phase_since_us);
}

uint64_t later(uint64_t a_us, uint64_t b_us)
{
	return a_us > b_us ? a_us : b_us;
}

uint64_t settle_time_us(bool steered, const struct ask *a)
{
	return steered ? later(a->settle_us, HANDSHAKE_US) : a->settle_us;
}

uint64_t settled_by_us(const struct facts *f, const struct ask *a, const struct history *h)
{
	return later(h->phase_since_us, h->renewed_us) + settle_time_us(f->steered, a);
}

bool is_proven(const struct facts *f, const struct ask *a)
{
	return !a->prove || f->probe == PROBE_PASSED;
}

uint64_t calm_us(const struct ask *a, const struct history *h)
{
	uint64_t calm = h->steady_us + CALM_US;
	uint64_t at_last = h->phase_since_us + 3 * a->start_timeout_us;

	return calm < at_last ? calm : at_last;
}

struct decision await_old_idle(const struct ask *a, const struct history *h, struct decision late)
{
	return wait_or(h, h->steady_us + a->start_timeout_us, late);
}

uint64_t drain_deadline_us(const struct ask *a, const struct history *h)
{
	uint64_t from = h->acted_us[ACT_WINCH];

	if (!from)
		from = acted_or_began_us(h, ACT_QUIT_OLD);
	return from + a->drain_timeout_us;
}

bool acted_in_phase(const struct history *h, enum action action)
{
	return acted(h, action) && h->acted_us[action] >= h->phase_since_us;
}

bool searched(const struct history *h)
{
	return acted_in_phase(h, ACT_SEARCH);
}

bool searches_first(const struct history *h)
{
	return !searched(h) && !acted(h, ACT_QUIT_ORPHANS);
}

static bool then(struct decision d, struct decision *ret)
{
	*ret = d;
	return true;
}

/*
 * After KILL to a master its workers go on serving (nginx does not end them with it). QUIT tells
 * them, as their master would, to finish their clients and leave. Orphans that a search has found
 * since have not had it.
 */
bool sweep_orphans(const struct generation_facts *g, const struct ask *a, const struct history *h,
		   struct decision *ret)
{
	uint64_t quit_us = h->acted_us[ACT_QUIT_ORPHANS];

	if (!g->orphans)
		return false;
	if (!acted(h, ACT_QUIT_ORPHANS) || (g->orphans_accepting && searched(h)))
		return then(decision_act(ACT_QUIT_ORPHANS), ret);
	/* An undo is not over while a worker of the new generation accepts. */
	if (a->goal == GOAL_BACK && g->orphans_accepting && !acted(h, ACT_KILL_ORPHANS))
		return then(wait_or(h, quit_us + LEAVE_GRACE_US, decision_act(ACT_KILL_ORPHANS)),
			    ret);
	if (h->now_us < quit_us + a->drain_timeout_us)
		return then(decision_wait(quit_us + a->drain_timeout_us), ret);
	if (!a->drain_term && a->goal != GOAL_STOP)
		return false; /* they are left to finish their clients; the caller says so */
	if (!acted(h, ACT_KILL_ORPHANS))
		return then(decision_act(ACT_KILL_ORPHANS), ret);
	*ret = decision_wait(h->acted_us[ACT_KILL_ORPHANS] + LEAVE_GRACE_US);
	return h->now_us < ret->until_us;
}
