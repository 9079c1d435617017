/*
 * The way forward: start a new generation, prove it, let it serve alone, then end the old one.
 * Until QUIT to the old master every fault turns the run back.
 */
#include <stdint.h>
#include "core/decide.h"
#include "core/decision.h"
#include "core/facts.h"
#include "core/fault.h"
#include "nginx/probe.h"

/*
 * The old generation serves nobody: its workers had WINCH from a run that was killed, and the new
 * generation died; or they die as they start. While some are starting it may yet serve.
 */
static bool may_come_up(const struct facts *f, const struct ask *a, const struct history *h)
{
	return f->old.starting && !f->old.deaths &&
	       h->now_us < h->phase_since_us + a->start_timeout_us;
}

static struct decision forward_alone(const struct facts *f, const struct ask *a,
				     const struct history *h)
{
	struct decision d;

	/*
	 * A USR2 may be pending, ours or that of a run that was killed. Only a master that sleeps
	 * has handled all its signals.
	 */
	if (!f->old.idle)
		return await_old_idle(a, h, decision_turn(FAULT_OLD_BUSY));
	if (!f->old.accepting && may_come_up(f, a, h))
		return decision_wait(h->phase_since_us + a->start_timeout_us);
	/* Where no worker serves USR2 can do no harm: it is the way to be served again. */
	if (!f->old.accepting && !a->spawn)
		return decision_turn(FAULT_OLD_EMPTY);
	if (!a->spawn && h->now_us < calm_us(a, h))
		return decision_wait(calm_us(a, h));
	/* Cleans up what a run that was killed, or an upgrade by hand, has left. */
	if (!a->spawn)
		return leaves_clean(f, a, h, &d) ? d : decision_end(OUTCOME_NOTHING, FAULT_NONE);
	/*
	 * The pid file would be renamed by now: the master has ignored USR2, or the child is dead
	 * already.
	 */
	if (acted(h, ACT_USR2))
		return decision_turn(FAULT_NEW_GONE);
	if (a->install && !f->binary_installed)
		return decision_act(ACT_INSTALL);
	/* USR2 without a right pid file would spoil this master for good; see preflight. */
	if (f->pid_file != PID_FILE_OLD)
		return decision_turn(FAULT_PID_FILE);
	/*
	 * Sockets that nobody reads stay in nginx's own map, which has no room for many
	 * generations.
	 */
	if (heals(f, a, h, &d))
		return d;
	/* A program that an earlier run has left does not know workers that came since. */
	if (!acted(h, ACT_STEER) && detaches(f, a, h, &d))
		return d;
	return a->attach && f->old.accepting && !acted(h, ACT_STEER) ? decision_act(ACT_STEER)
								     : decision_act(ACT_USR2);
}

/* The new master is there, but it or its workers are not ready yet. */
static struct decision await_ready(const struct facts *f, const struct ask *a,
				   const struct history *h)
{
	uint64_t deadline = acted_or_began_us(h, ACT_USR2) + a->start_timeout_us;

	if (f->new.deaths)
		return decision_turn(FAULT_WORKERS_DIE);
	/*
	 * It was ready before and is busy now: a reload, reopened logs, or a cache loader that has
	 * ended.
	 */
	if (deadline < h->phase_since_us)
		deadline = h->phase_since_us + a->start_timeout_us;
	/* The new master was only just found: the next look shows its workers. */
	deadline = later(deadline, h->steady_us + CALM_US);
	if (!f->new.alive)
		return wait_or(h, deadline, decision_turn(FAULT_NEW_GONE));
	return wait_or(h, deadline,
		       decision_turn(f->new.idle ? FAULT_NO_WORKERS : FAULT_NEW_HANGS));
}

/*
 * The probes run while the new generation is watched: they begin as soon as it is ready, and a
 * failure turns the run back at once. Probes of workers that were replaced since prove nothing, and
 * begin again. Returns whether *ret is the next decision.
 */
static bool probe_moves(const struct facts *f, const struct ask *a, const struct history *h,
			struct decision *ret)
{
	bool anew = f->probe == PROBE_NONE || h->acted_us[ACT_PROBE] < h->renewed_us;

	if (a->prove && anew)
		*ret = decision_act(ACT_PROBE);
	else
		*ret = decision_turn(FAULT_PROBE);
	if (anew)
		return a->prove && f->new.idle && !f->new.starting;
	return a->prove && f->probe == PROBE_FAILED;
}

/* The last bound for the probes. Each has a deadline of its own before that, at which it fails. */
static uint64_t probed_by_us(const struct ask *a, const struct history *h)
{
	return acted_or_began_us(h, ACT_PROBE) + a->probe_timeout_us + a->start_timeout_us;
}

static struct decision when_proven(const struct facts *f, const struct ask *a,
				   const struct history *h, struct decision then)
{
	if (is_proven(f, a))
		return then;
	return wait_or(h, probed_by_us(a, h), decision_turn(FAULT_PROBE));
}

/*
 * The old master has left without our QUIT: the new generation must still be watched and probed,
 * but there is no way back any more. Returns whether *ret is the next decision.
 */
static bool left_early(const struct facts *f, const struct ask *a, const struct history *h,
		       struct decision *ret)
{
	struct decision unproven = decision_end(OUTCOME_STUCK, FAULT_PROBE);
	uint64_t settled_us = settled_by_us(f, a, h);

	if (acted(h, ACT_QUIT_OLD))
		return false;
	if (probe_moves(f, a, h, ret)) {
		*ret = ret->move == MOVE_TURN ? unproven : *ret;
		return true;
	}
	*ret = wait_or(h, settled_us, wait_or(h, probed_by_us(a, h), unproven));
	return h->now_us < settled_us || !is_proven(f, a);
}

/* QUIT is final, unless the old master has to stay as the way back for a while. */
static struct decision let_go(const struct ask *a)
{
	return a->hold_us ? decision_end(OUTCOME_HELD, FAULT_NONE) : decision_act(ACT_QUIT_OLD);
}

/*
 * The point of no return. The init system has just been told of the new master, and gets a moment
 * to follow. One that clings to the old master would take its end for the end of the service, and
 * kill all processes: then the run can only go back.
 */
static struct decision quit_old(const struct facts *f, const struct ask *a, const struct history *h)
{
	uint64_t told_us = later(h->phase_since_us + settle_time_us(f->steered, a), h->proven_us);

	/* Without its pid file the new master could not be found, stopped or upgraded later. */
	if (f->pid_file != PID_FILE_NEW)
		return wait_or(h, told_us + LEAVE_GRACE_US, decision_turn(FAULT_NOT_NAMED));
	if (f->clings)
		return wait_or(h, told_us + a->start_timeout_us, decision_turn(FAULT_NOT_FOLLOWED));
	if (f->behind)
		return wait_or(h, told_us + CALM_US, let_go(a));
	return let_go(a);
}

/*
 * The old workers are about to go, and connections wait to be accepted. With half of the workers
 * that would take longer, and what waits on a socket that QUIT closes is reset. On a machine whose
 * queues are never empty the wait is short: the next look may be no better.
 */
static struct decision when_drained(const struct facts *f, const struct history *h,
				    uint64_t since_us, struct decision then)
{
	return f->queued ? wait_or(h, since_us + QUEUES_US, then) : then;
}

/*
 * QUIT while the old workers accept. Connections that still wait in the queues are reset when the
 * sockets close, except on sockets that the new master has, too.
 */
static struct decision quit_drained(const struct facts *f, const struct ask *a,
				    const struct history *h)
{
	struct decision d = when_proven(f, a, h, quit_old(f, a, h));

	return d.move == MOVE_ACT
		       ? when_drained(f, h, later(settled_by_us(f, a, h), h->proven_us), d)
		       : d;
}

/*
 * WINCH has been sent. A HUP of others that was pending with it is handled first; then the old
 * master sleeps, with the WINCH unhandled, until another signal wakes it (nginx:
 * ngx_master_process_cycle).
 */
static struct decision await_shift(const struct ask *a, const struct history *h)
{
	uint64_t winch_us = h->acted_us[ACT_WINCH];
	uint64_t again_us = winch_us + later(a->start_timeout_us / 2, CALM_US);
	uint64_t last_us = h->phase_since_us + a->start_timeout_us;

	if (again_us < last_us)
		return wait_or(h, again_us, decision_act(ACT_WINCH));
	return wait_or(h, later(last_us, winch_us + CALM_US), decision_turn(FAULT_OLD_STAYS));
}

/*
 * Whether this run has brought the old workers back a short while ago. The former old workers may
 * count as dead, where they left too quickly for a look to see it.
 */
static bool was_brought_back(const struct ask *a, const struct history *h)
{
	uint64_t back_us = h->acted_us[ACT_HUP_OLD];

	return back_us && h->now_us < back_us + a->start_timeout_us + a->settle_us;
}

static struct decision forward_both(const struct facts *f, const struct ask *a,
				    const struct history *h)
{
	/* Where workers die, nobody reads their sockets in any case. */
	bool stalls = was_brought_back(a, h) || (f->winch_stalls && !f->old.deaths);
	struct decision d;

	if (f->new.deaths)
		return decision_turn(FAULT_WORKERS_DIE);
	if (f->wrong_image)
		return decision_turn(FAULT_WRONG_BINARY);
	if (f->new.accepting < a->workers && !f->new.renewed)
		return wait_or(h, h->phase_since_us + later(a->settle_us, CALM_US),
			       decision_turn(FAULT_FEW_WORKERS));
	if (stalls && a->hold_us)
		return decision_turn(FAULT_NO_HOLD);
	/*
	 * A WINCH from before this phase does not count: others have sent HUP to the old master,
	 * and its workers are back.
	 */
	if (acted_in_phase(h, ACT_WINCH))
		return await_shift(a, h);
	/* A run that was killed on its way back may have sent QUIT to the new master. */
	if (!acted(h, ACT_USR2) && h->now_us < h->phase_since_us + CALM_US)
		return decision_wait(h->phase_since_us + CALM_US);
	if (leads_to_new(f, a, h, &d))
		return d;
	/* The old master must handle its earlier signals first. */
	if (!stalls)
		return f->old.idle ? when_drained(f, h, h->phase_since_us, decision_act(ACT_WINCH))
				   : await_old_idle(a, h, decision_act(ACT_WINCH));
	if (probe_moves(f, a, h, &d))
		return d;
	return wait_or(h, settled_by_us(f, a, h), quit_drained(f, a, h));
}

/*
 * The old workers are gone, after a WINCH by hand or by a run that was killed; or the new master
 * has closed sockets since, at a HUP of others. Some clients wait at sockets that nobody reads.
 * When the old workers come back they serve these clients, and then nobody waits there any more.
 * QUIT at once would cut off the clients that wait already.
 */
static bool brings_back(const struct facts *f, const struct history *h)
{
	bool had_any = acted(h, ACT_WINCH) || !acted(h, ACT_USR2);

	return f->winch_stalls && had_any &&
	       (!acted(h, ACT_HUP_OLD) || h->acted_us[ACT_HUP_OLD] >= h->phase_since_us);
}

static struct decision bring_back(const struct facts *f, const struct ask *a,
				  const struct history *h)
{
	if (!acted(h, ACT_HUP_OLD) && f->old.idle)
		return decision_act(ACT_HUP_OLD);
	return decision_wait(in_phase_us(h, ACT_HUP_OLD) + a->start_timeout_us);
}

static struct decision forward_shifted(const struct facts *f, const struct ask *a,
				       const struct history *h)
{
	uint64_t sound_by = settled_by_us(f, a, h);
	struct decision d;

	if (f->new.deaths)
		return decision_turn(FAULT_WORKERS_DIE);
	if (f->wrong_image)
		return decision_turn(FAULT_WRONG_BINARY);
	if (!f->new.accepting)
		return decision_turn(FAULT_NO_WORKERS);
	/* The handover was begun by hand, or by a run that led nobody. */
	if (leads_to_new(f, a, h, &d))
		return d;
	/* Clients at a socket that nobody reads would wait for the whole time of the hold. */
	if (a->hold_us && skips_winch(f, h))
		return decision_turn(FAULT_NO_HOLD);
	if (brings_back(f, h) && h->now_us < in_phase_us(h, ACT_HUP_OLD) + a->start_timeout_us)
		return bring_back(f, a, h);
	if (probe_moves(f, a, h, &d))
		return d;
	if (h->now_us < sound_by)
		return decision_wait(sound_by);
	/* The way back stays open for as long as the old workers drain. */
	if (!a->hurry && !f->winch_stalls)
		sound_by = later(sound_by, drain_deadline_us(a, h));
	if (f->old.leaving && h->now_us < sound_by)
		return decision_wait(sound_by);
	/* A busy master may be about to replace a worker that has just died. */
	if (!f->new.idle || f->new.starting)
		return wait_or(h, sound_by + a->start_timeout_us, decision_turn(FAULT_WORKERS_DIE));
	return when_proven(f, a, h, quit_old(f, a, h));
}

static struct decision leave_draining(const struct facts *f, const struct ask *a,
				      const struct history *h)
{
	struct decision d = decision_end(OUTCOME_DRAINING, FAULT_NONE);

	if (!stays_attached(f, a))
		(void)detaches(f, a, h, &d);
	return d;
}

static struct decision forward_closing(const struct facts *f, const struct ask *a,
				       const struct history *h)
{
	uint64_t leaves_by = acted_or_began_us(h, ACT_QUIT_OLD) + a->start_timeout_us;
	struct decision d;

	if (!f->new.alive)
		return decision_end(OUTCOME_STUCK, FAULT_NEW_GONE);
	if (!f->new.accepting)
		return wait_or(h, leaves_by, decision_end(OUTCOME_STUCK, FAULT_NO_WORKERS));
	/* QUIT was sent by hand. */
	if (switches(f, a, h, &d))
		return d;
	if (acted(h, ACT_TERM_OLD))
		return wait_or(h, h->acted_us[ACT_TERM_OLD] + a->start_timeout_us,
			       leave_draining(f, a, h));
	if (!f->old.leaving && h->now_us < leaves_by)
		return decision_wait(leaves_by);
	return wait_or(h, drain_deadline_us(a, h),
		       a->drain_term ? decision_act(ACT_TERM_OLD) : leave_draining(f, a, h));
}

static struct decision forward_over(const struct facts *f, const struct ask *a,
				    const struct history *h)
{
	enum fault unready = f->new.accepting ? FAULT_NEW_HANGS : FAULT_NO_WORKERS;
	struct decision d;

	/*
	 * Orphans of the old master go on serving; they are not ended before the new master is
	 * ready.
	 */
	if (!f->new.accepting || !f->new.idle || f->new.starting)
		return wait_or(
			h, h->phase_since_us + a->start_timeout_us,
			decision_end(OUTCOME_STUCK, f->new.deaths ? FAULT_WORKERS_DIE : unready));
	/* The old master was killed. */
	if (switches(f, a, h, &d) || sweep_orphans(&f->old, a, h, &d))
		return d;
	if (left_early(f, a, h, &d))
		return d;
	if (f->new.deaths)
		return decision_end(OUTCOME_STUCK, FAULT_WORKERS_DIE);
	if (!stays_attached(f, a) && leaves_clean(f, a, h, &d))
		return d;
	if (f->pid_file != PID_FILE_NEW)
		return wait_or(h, h->phase_since_us + LEAVE_GRACE_US,
			       decision_end(OUTCOME_STUCK, FAULT_PID_FILE));
	if (!f->binary_installed)
		return decision_end(OUTCOME_STUCK, FAULT_WRONG_BINARY);
	return decision_end(f->old.orphans ? OUTCOME_DRAINING : OUTCOME_DONE, FAULT_NONE);
}

struct decision decide_forward(enum phase phase, const struct facts *f, const struct ask *a,
			       const struct history *h)
{
	switch (phase) {
	case PHASE_ALONE: return forward_alone(f, a, h);
	case PHASE_SPAWNING: return await_ready(f, a, h);
	case PHASE_BOTH: return forward_both(f, a, h);
	case PHASE_SHIFTED: return forward_shifted(f, a, h);
	case PHASE_CLOSING: return forward_closing(f, a, h);
	case PHASE_OVER: return forward_over(f, a, h);
	default: return decision_end(OUTCOME_STUCK, FAULT_ALL_GONE);
	}
}
