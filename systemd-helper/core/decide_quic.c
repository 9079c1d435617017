/*
 * HTTP/3. Two things that nginx does not do, and that no handover depends on. Sockets that nobody
 * reads are taken out of the kernel's choice. And while two generations live a program of ours
 * decides which of them gets a client. If the system refuses one of these actions the run goes on
 * without it, see ask_without().
 *
 *	STEER (before USR2) -> SWITCH (before the old generation is told to leave)
 *		-> HEAL -> UNSTEER
 *	a drain that outlasts the run: SWITCH -> the end of the run; whoever attends to it heals
 *		and detaches when the old generation has gone (commands/drain_watch.c)
 *	undo: SWITCH_BACK (before the new generation is told to leave) -> HEAL -> UNSTEER
 *
 * The facts show what a run that was killed has left.
 */
#include "core/decide.h"
#include "core/decision.h"
#include "core/facts.h"
#include "core/fault.h"

static bool act_on(enum action action, struct decision *ret)
{
	*ret = decision_act(action);
	return true;
}

bool heals(const struct facts *f, const struct ask *a, const struct history *h,
	   struct decision *ret)
{
	bool alone = f->old.alive ? !f->new.alive && !f->new.orphans : !f->old.orphans;

	/* Workers that leave may still have clients at these sockets. */
	if (!a->heal || !f->unread || !alone || acted_in_phase(h, ACT_HEAL))
		return false;
	return act_on(ACT_HEAL, ret);
}

bool detaches(const struct facts *f, const struct ask *a, const struct history *h,
	      struct decision *ret)
{
	if (!a->detach || !f->steered || acted_in_phase(h, ACT_UNSTEER))
		return false;
	return act_on(ACT_UNSTEER, ret);
}

/*
 * Without the program the kernel would give a share of the new clients to old workers, which do not
 * answer them.
 */
bool stays_attached(const struct facts *f, const struct ask *a)
{
	return a->attended && f->switched && (f->old.alive || f->old.orphans);
}

bool leaves_clean(const struct facts *f, const struct ask *a, const struct history *h,
		  struct decision *ret)
{
	return heals(f, a, h, ret) || detaches(f, a, h, ret);
}

bool switches(const struct facts *f, const struct ask *a, const struct history *h,
	      struct decision *ret)
{
	if (!a->steer || !f->steered || f->switched || acted_in_phase(h, ACT_SWITCH))
		return false;
	return act_on(ACT_SWITCH, ret);
}

bool leads_to_new(const struct facts *f, const struct ask *a, const struct history *h,
		  struct decision *ret)
{
	if (!f->steered || f->switched)
		return false;
	/* All new clients go to the generation that is about to leave. */
	if (!switches(f, a, h, ret) && !detaches(f, a, h, ret))
		*ret = decision_turn(FAULT_NOT_LED);
	return true;
}

bool leads_to_old(const struct facts *f, const struct ask *a, const struct history *h,
		  struct decision *ret)
{
	if (!f->switched || acted_in_phase(h, ACT_SWITCH_BACK))
		return false;
	if (a->steer)
		return act_on(ACT_SWITCH_BACK, ret);
	return detaches(f, a, h, ret);
}

bool is_for_http3(enum action action)
{
	return action >= ACT_HEAL && action <= ACT_UNSTEER;
}

/* nginx has to be stopped even if a file cannot be put back. */
bool is_spared(const struct ask *a, enum action action)
{
	return is_for_http3(action) || (a->goal == GOAL_STOP && action == ACT_RESTORE_BINARY);
}

bool ask_without(struct ask *a, enum action action)
{
	if (!is_spared(a, action))
		return false;
	switch (action) {
	case ACT_HEAL: a->heal = false; break;
	case ACT_STEER: a->attach = false; break;
	case ACT_SWITCH:
	case ACT_SWITCH_BACK: a->steer = false; break;
	case ACT_UNSTEER: a->detach = false; break;
	default: a->restore_binary = false; break;
	}
	return true;
}
