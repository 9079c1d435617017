/*
 * Reload: HUP to the one master, and a look whether it did what HUP asks for.
 *
 * At HUP a master reads its configuration anew. When it accepts it, it starts a whole set of
 * workers, sleeps 100 ms with every signal blocked, and tells the workers that it had to leave
 * (nginx: ngx_master_process_cycle). When it refuses it, nothing happens but a line in the error
 * log. Either way it is idle again only afterwards.
 */
#include "core/decision.h"

static struct decision stuck(enum fault fault)
{
	return decision_end(OUTCOME_STUCK, fault);
}

/*
 * It is idle again, and some that accept came after HUP, some were there before. Those may not have
 * turned yet, or be busy; or nginx has refused the configuration and only replaced workers that
 * died. It replaces one by one: more new ones than dead ones are a new set.
 */
static struct decision reload_mixed(const struct facts *f, const struct ask *a,
				    const struct history *h)
{
	uint64_t turned_by = later(h->acted_us[ACT_HUP] + a->start_timeout_us, calm_us(a, h));

	return wait_or(h, turned_by,
		       f->old.fresh > f->old.deaths
			       ? stuck(FAULT_BOTH_CONFIGS)
			       : decision_end(OUTCOME_KEPT, FAULT_CONFIG_KEPT));
}

static struct decision reload_sent(const struct facts *f, const struct ask *a,
				   const struct history *h)
{
	uint64_t since = h->acted_us[ACT_HUP];

	/* Names in the configuration are looked up now: a resolver may take its time. */
	if (!f->old.idle)
		return await_old_idle(a, h, stuck(FAULT_MASTER_BUSY));
	if (f->old.starting)
		return wait_or(h, since + 2 * a->start_timeout_us, stuck(FAULT_NO_RELOADED));
	if (!f->old.accepting)
		return wait_or(h, calm_us(a, h), stuck(FAULT_NO_RELOADED));
	if (f->old.fresh == f->old.accepting && f->old.accepting < a->workers)
		return wait_or(h, calm_us(a, h), decision_end(OUTCOME_RELOADED, FAULT_FEW_WORKERS));
	if (f->old.fresh == f->old.accepting)
		return decision_end(OUTCOME_RELOADED, FAULT_NONE);
	if (f->old.fresh)
		return reload_mixed(f, a, h);
	/* Those that accept may have been told to leave, and their successors have died at once. */
	return wait_or(h, calm_us(a, h), decision_end(OUTCOME_KEPT, FAULT_CONFIG_KEPT));
}

struct decision decide_reload(enum phase phase, const struct facts *f, const struct ask *a,
			      const struct history *h)
{
	if (phase == PHASE_LOST)
		return stuck(FAULT_ALL_GONE);
	if (phase == PHASE_OVER)
		return stuck(FAULT_OLD_GONE);
	/* A USR2 was on its way. HUP would mean something else to this master now. */
	if (phase != PHASE_ALONE)
		return stuck(FAULT_UNFINISHED);
	if (acted(h, ACT_HUP))
		return reload_sent(f, a, h);
	/* Only a master that sleeps has dealt with all that it was sent. */
	if (!f->old.idle)
		return await_old_idle(a, h, stuck(FAULT_MASTER_BUSY));
	return decision_act(ACT_HUP);
}
