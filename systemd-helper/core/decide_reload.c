/*
 * Reload: HUP to the only master, and then looks that show whether it has done what HUP asks for.
 *
 * At HUP a master reads its configuration again. If it accepts it, it starts a whole set of
 * workers, sleeps 100 ms with every signal blocked, and tells the workers that it had to leave
 * (nginx: ngx_master_process_cycle). If it refuses it, nothing happens but a line in the error log.
 * In both cases it is idle again only after that.
 */
#include <stdint.h>
#include "core/decide.h"
#include "core/decision.h"
#include "core/facts.h"
#include "core/fault.h"

/*
 * The master is idle again, and of the workers that accept some are from after HUP and some from
 * before. Those from before may not have reacted yet, or be busy; or nginx has refused the
 * configuration and only replaced workers that died. Those it replaces one by one: more new workers
 * than dead ones are a new set.
 */
static struct decision reload_mixed(const struct facts *f, const struct ask *a,
				    const struct history *h)
{
	uint64_t turned_by = later(h->acted_us[ACT_HUP] + a->start_timeout_us, calm_us(a, h));

	return wait_or(h, turned_by,
		       f->old.fresh > f->old.deaths
			       ? decision_stuck(FAULT_BOTH_CONFIGS)
			       : decision_end(OUTCOME_KEPT, FAULT_CONFIG_KEPT));
}

static struct decision reload_sent(const struct facts *f, const struct ask *a,
				   const struct history *h)
{
	uint64_t since = h->acted_us[ACT_HUP];

	/* nginx resolves the names in its configuration now, which may take time. */
	if (!f->old.idle)
		return await_old_idle(a, h, decision_stuck(FAULT_MASTER_BUSY));
	if (f->old.starting)
		return wait_or(h, since + 2 * a->start_timeout_us,
			       decision_stuck(FAULT_NO_RELOADED));
	if (!f->old.accepting)
		return wait_or(h, calm_us(a, h), decision_stuck(FAULT_NO_RELOADED));
	if (f->old.fresh == f->old.accepting && f->old.accepting < a->workers)
		return wait_or(h, calm_us(a, h), decision_end(OUTCOME_RELOADED, FAULT_FEW_WORKERS));
	if (f->old.fresh == f->old.accepting)
		return decision_end(OUTCOME_RELOADED, FAULT_NONE);
	if (f->old.fresh)
		return reload_mixed(f, a, h);
	/*
	 * The workers that accept may have been told to leave already, and the new ones have died
	 * at once.
	 */
	return wait_or(h, calm_us(a, h), decision_end(OUTCOME_KEPT, FAULT_CONFIG_KEPT));
}

/* At an end these workers stay: sockets that none of them reads will never be read. */
static struct decision end_clean(const struct facts *f, const struct ask *a,
				 const struct history *h, struct decision end)
{
	struct decision d;

	if (end.move == MOVE_END && end.outcome != OUTCOME_STUCK && leaves_clean(f, a, h, &d))
		return d;
	return end;
}

struct decision decide_reload(enum phase phase, const struct facts *f, const struct ask *a,
			      const struct history *h)
{
	struct decision d;

	if (phase == PHASE_LOST)
		return decision_stuck(FAULT_ALL_GONE);
	if (phase == PHASE_OVER)
		return decision_stuck(FAULT_OLD_GONE);
	/* A USR2 was pending. To this master HUP would mean something else now. */
	if (phase != PHASE_ALONE)
		return decision_stuck(FAULT_UNFINISHED);
	if (acted(h, ACT_HUP))
		return end_clean(f, a, h, reload_sent(f, a, h));
	/* Only a master that sleeps has handled all its signals. */
	if (!f->old.idle)
		return await_old_idle(a, h, decision_stuck(FAULT_MASTER_BUSY));
	/* Our program, left by a run that was killed, does not know new workers. */
	if (f->steered && leaves_clean(f, a, h, &d))
		return d;
	return decision_act(ACT_HUP);
}
