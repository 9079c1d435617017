/*
 * The way back: first the old generation is made complete, and only then does the new one leave, so
 * that at every moment some worker accepts. The old binary is put back last, when nothing can need
 * the new one any more.
 */
#include <stdint.h>
#include "core/decide.h"
#include "core/decision.h"
#include "core/facts.h"
#include "core/fault.h"

/* The old master lives, the new one does not. */
static struct decision back_alone(const struct facts *f, const struct ask *a,
				  const struct history *h)
{
	uint64_t since = in_phase_us(h, ACT_HUP_OLD);
	struct decision d;

	/* A USR2 may be pending, ours or that of a run that was killed. */
	if (!f->old.idle)
		return await_old_idle(a, h, decision_stuck(FAULT_OLD_BUSY));
	/*
	 * The old master may just have handled WINCH, and its workers not have reacted yet. Or the
	 * new master has just died, and the old one starts its workers again by itself.
	 */
	if (h->now_us < calm_us(a, h))
		return decision_wait(calm_us(a, h));
	if (!f->old.accepting && !f->old.starting && h->acted_us[ACT_HUP_OLD] < h->phase_since_us)
		return decision_act(ACT_HUP_OLD);
	/* While workers start, the ones that accept may be about to leave (nginx: HUP's reload). */
	if (!f->old.accepting || f->old.starting)
		return wait_or(h, since + a->start_timeout_us, decision_stuck(FAULT_OLD_EMPTY));
	if (f->pid_file != PID_FILE_OLD) {
		if (!acted(h, ACT_RESTORE_PID_FILE))
			return decision_act(ACT_RESTORE_PID_FILE);
		return wait_or(h, h->phase_since_us + a->start_timeout_us,
			       decision_stuck(FAULT_PID_FILE));
	}
	if (leads_to_old(f, a, h, &d))
		return d;
	if (searches_first(h))
		return decision_act(ACT_SEARCH);
	if (sweep_orphans(&f->new, a, h, &d))
		return d;
	if (f->new.orphans_accepting)
		return decision_stuck(FAULT_STRAYS);
	if (!searched(h))
		return decision_act(ACT_SEARCH);
	if (a->restore_binary && !f->binary_is_old && !acted(h, ACT_RESTORE_BINARY))
		return decision_act(ACT_RESTORE_BINARY);
	if (leaves_clean(f, a, h, &d))
		return d;
	return decision_end(OUTCOME_UNDONE, FAULT_NONE);
}

/*
 * Ends the new generation while the old one accepts. The undo is over when no worker of the new
 * generation accepts: workers that only finish their clients may stay.
 */
static struct decision end_new(const struct facts *f, const struct ask *a, const struct history *h)
{
	uint64_t quit_us = h->acted_us[ACT_QUIT_NEW];
	uint64_t in_loop_by = acted_or_began_us(h, ACT_USR2) + a->start_timeout_us;
	struct decision d;

	if (leads_to_old(f, a, h, &d))
		return d;
	if (!quit_us)
		return decision_act(ACT_QUIT_NEW);
	/* A master in its loop handles QUIT at once. */
	if (f->new.idle || in_loop_by < quit_us + LEAVE_GRACE_US)
		in_loop_by = quit_us + LEAVE_GRACE_US;
	if (acted(h, ACT_KILL_NEW))
		return wait_or(h, h->acted_us[ACT_KILL_NEW] + LEAVE_GRACE_US,
			       decision_stuck(FAULT_NEW_STAYS));
	/* A master without QUIT starts its workers again. */
	if (acted(h, ACT_QUIT_NEW_WORKERS))
		return wait_or(h, h->acted_us[ACT_QUIT_NEW_WORKERS] + LEAVE_GRACE_US,
			       decision_act(ACT_KILL_NEW));
	/*
	 * A master that never reached its loop blocks QUIT, and a broken one may ignore it; their
	 * workers do not. A worker that is busy may not have reacted yet.
	 */
	if (f->new.accepting || f->new.starting)
		return wait_or(h, in_loop_by, decision_act(ACT_QUIT_NEW_WORKERS));
	if (!f->new.leaving || f->new_listens)
		return wait_or(h, in_loop_by, decision_act(ACT_KILL_NEW));
	if (h->now_us < quit_us + a->drain_timeout_us)
		return decision_wait(quit_us + a->drain_timeout_us);
	if (a->drain_term)
		return decision_act(ACT_KILL_NEW);
	if (a->restore_binary && !f->binary_is_old && !acted(h, ACT_RESTORE_BINARY))
		return decision_act(ACT_RESTORE_BINARY);
	if (detaches(f, a, h, &d))
		return d;
	return decision_end(OUTCOME_UNDONE, FAULT_NEW_STAYS);
}

/* The new master lives, ready or not, and the old generation accepts. */
static struct decision back_both(const struct facts *f, const struct ask *a,
				 const struct history *h)
{
	/*
	 * A pending WINCH, ours or that of an earlier run, must take effect first: where both are
	 * pending nginx handles HUP before WINCH, and then all workers would leave.
	 */
	if (acted(h, ACT_QUIT_NEW))
		return end_new(f, a, h);
	if (!f->old.idle)
		return await_old_idle(a, h, decision_stuck(FAULT_OLD_BUSY));
	if (acted(h, ACT_WINCH) && !acted(h, ACT_HUP_OLD))
		return decision_act(ACT_HUP_OLD);
	if (f->old.starting)
		return wait_or(h, in_phase_us(h, ACT_HUP_OLD) + a->start_timeout_us,
			       decision_stuck(FAULT_OLD_EMPTY));
	if (!acted(h, ACT_USR2) && h->now_us < calm_us(a, h))
		return decision_wait(calm_us(a, h));
	return end_new(f, a, h);
}

static struct decision back_spawning(const struct facts *f, const struct ask *a,
				     const struct history *h)
{
	uint64_t since = h->steady_us;

	if (f->new.alive)
		return back_both(f, a, h);
	/*
	 * The old master renames its pid file back when it reaps the new one. Only if it fails
	 * (because its folder became read-only, for example) we write the file. A child that has
	 * been forked but has not executed anything yet looks like a worker that starts, and may
	 * still become the new master.
	 */
	if (f->old.idle && !f->old.starting && !acted(h, ACT_RESTORE_PID_FILE))
		return wait_or(h, since + a->start_timeout_us, decision_act(ACT_RESTORE_PID_FILE));
	return wait_or(h, since + 2 * a->start_timeout_us, decision_stuck(FAULT_PID_FILE));
}

static struct decision back_shifted(const struct facts *f, const struct ask *a,
				    const struct history *h)
{
	if (acted(h, ACT_HUP_OLD))
		return wait_or(h, h->acted_us[ACT_HUP_OLD] + a->start_timeout_us,
			       decision_stuck(FAULT_OLD_EMPTY));
	if (!f->old.idle)
		return await_old_idle(a, h, decision_stuck(FAULT_OLD_BUSY));
	/* Workers start already: a run that was killed has sent HUP. */
	if (f->old.starting)
		return wait_or(h, h->phase_since_us + a->start_timeout_us,
			       decision_stuck(FAULT_OLD_EMPTY));
	return decision_act(ACT_HUP_OLD);
}

struct decision decide_back(enum phase phase, const struct facts *f, const struct ask *a,
			    const struct history *h)
{
	switch (phase) {
	case PHASE_ALONE: return back_alone(f, a, h);
	case PHASE_SPAWNING: return back_spawning(f, a, h);
	case PHASE_BOTH: return back_both(f, a, h);
	case PHASE_SHIFTED: return back_shifted(f, a, h);
	case PHASE_CLOSING: return decision_stuck(FAULT_TOO_LATE);
	case PHASE_OVER: return decision_stuck(FAULT_OLD_GONE);
	default: return decision_stuck(FAULT_ALL_GONE);
	}
}
