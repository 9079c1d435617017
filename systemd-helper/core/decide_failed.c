/*
 * What to do when the system refuses a look or an action. Neither says anything about nginx, and
 * most reasons (no memory, no descriptors) pass in a moment. So both are tried again until a
 * deadline.
 */
#include <stdint.h>
#include "core/decide.h"
#include "core/decision.h"
#include "core/fault.h"

/* Whether the run can turn back: only before QUIT to the old master. */
static bool may_turn(const struct ask *a, const struct history *h, enum phase phase)
{
	return a->goal == GOAL_FORWARD && !acted(h, ACT_QUIT_OLD) && phase < PHASE_CLOSING;
}

struct decision decide_unseen(const struct ask *a, const struct history *h)
{
	uint64_t until_us = later(h->unseen_us, h->phase_since_us) + a->start_timeout_us;

	/* A generation that drains needs no looks. */
	if (a->goal == GOAL_STOP || (a->goal == GOAL_FORWARD && !may_turn(a, h, h->phase)))
		until_us += a->drain_timeout_us;
	return wait_or(h, until_us,
		       may_turn(a, h, h->phase) ? decision_turn(FAULT_UNSEEN)
						: decision_end(OUTCOME_STUCK, FAULT_UNSEEN));
}

/*
 * How long an action is tried again. On the way forward not long, since the run can turn back;
 * elsewhere there is nothing better to do.
 */
static uint64_t patience_us(const struct decision *d, const struct ask *a, const struct history *h)
{
	bool turns = may_turn(a, h, d->phase);
	bool spared = is_for_http3(d->action);

	/* A file that cannot be put in place is reported at once: nothing has been signalled. */
	if (d->action == ACT_INSTALL || ((turns || spared) && h->refused_lastingly))
		return 0;
	if (turns || spared || h->refused_lastingly || a->start_timeout_us < LEAVE_GRACE_US)
		return LEAVE_GRACE_US;
	return a->start_timeout_us;
}

struct decision decide_refused(struct decision d, const struct ask *a, const struct history *h)
{
	struct decision given_up = decision_end(OUTCOME_STUCK, FAULT_ACTION);

	if (d.move != MOVE_ACT || !h->refused_since_us || d.action != h->refused ||
	    h->refused_us < h->refused_since_us + patience_us(&d, a, h))
		return d;
	if (may_turn(a, h, d.phase) || is_spared(a, d.action))
		given_up = decision_turn(FAULT_ACTION);
	if (is_spared(a, d.action))
		given_up.action = d.action;
	given_up.phase = d.phase;
	return given_up;
}
