/*
 * What the system refuses: a look, or an action. Neither says anything about nginx, and most of it
 * (no memory, no descriptors) is over in a moment. So both are tried again, and have a deadline.
 */
#include "core/decision.h"

/* Before QUIT to the old master there is a way back. */
static bool may_turn(const struct ask *a, const struct history *h, enum phase phase)
{
	return a->goal == GOAL_FORWARD && !acted(h, ACT_QUIT_OLD) && phase < PHASE_CLOSING;
}

struct decision decide_unseen(const struct ask *a, const struct history *h)
{
	uint64_t until_us = later(h->unseen_us, h->phase_since_us) + a->start_timeout_us;

	/* Who drains needs nobody who looks. */
	if (a->goal == GOAL_STOP || (a->goal == GOAL_FORWARD && !may_turn(a, h, h->phase)))
		until_us += a->drain_timeout_us;
	return wait_or(h, until_us,
		       may_turn(a, h, h->phase) ? decision_turn(FAULT_UNSEEN)
						: decision_end(OUTCOME_STUCK, FAULT_UNSEEN));
}

/* On the way forward there is the way back, which comes soon; elsewhere there is nothing better. */
static uint64_t patience_us(const struct decision *d, const struct ask *a, const struct history *h)
{
	bool turns = may_turn(a, h, d->phase);

	/* A file that can't be put in place is told at once: nothing has been signalled. */
	if (d->action == ACT_INSTALL || (turns && h->refused_lastingly))
		return 0;
	if (turns || h->refused_lastingly || a->start_timeout_us < LEAVE_GRACE_US)
		return LEAVE_GRACE_US;
	return a->start_timeout_us;
}

struct decision decide_refused(struct decision d, const struct ask *a, const struct history *h)
{
	struct decision given_up = decision_end(OUTCOME_STUCK, FAULT_ACTION);

	if (d.move != MOVE_ACT || !h->refused_since_us || d.action != h->refused ||
	    h->refused_us < h->refused_since_us + patience_us(&d, a, h))
		return d;
	/* nginx is to be stopped whatever becomes of a file. */
	if (may_turn(a, h, d.phase) || (a->goal == GOAL_STOP && d.action == ACT_RESTORE_BINARY))
		given_up = decision_turn(FAULT_ACTION);
	given_up.phase = d.phase;
	return given_up;
}
