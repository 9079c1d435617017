/* Judges a handover that is held. No system calls, no clock. */
#include <stdint.h>
#include <string.h>

#include "core/facts.h"
#include "core/fault.h"
#include "core/hold.h"

void hold_begin(struct hold *h, const struct facts *f)
{
	memset(h, 0, sizeof(*h));
	h->deaths = f->new.deaths;
}

/*
 * Whether deaths that this look shows can be believed. Where the master is busy, or a worker
 * starts, it may be reading its configuration again, and workers that have seemed dead were
 * replaced: a look after that shows it.
 */
static bool is_settled(struct hold *h, const struct facts *f, uint64_t now_us)
{
	if (f->new.deaths <= h->deaths || (f->new.idle && !f->new.starting)) {
		h->unsettled_us = 0;
		return true;
	}
	if (!h->unsettled_us)
		h->unsettled_us = now_us;
	return now_us - h->unsettled_us >= HOLD_UNSETTLED_US;
}

/* Adds the new deaths to the times of the last ones. */
static void count_deaths(struct hold *h, unsigned deaths, uint64_t now_us)
{
	unsigned more = deaths > h->deaths ? deaths - h->deaths : 0;
	unsigned i;

	h->deaths = deaths;
	for (; more; more--) {
		for (i = 1; i < HOLD_DEATHS; i++)
			h->deaths_us[i - 1] = h->deaths_us[i];
		h->deaths_us[HOLD_DEATHS - 1] = now_us;
		if (more > HOLD_DEATHS)
			more = HOLD_DEATHS;
	}
}

static bool dies_again_and_again(const struct hold *h, uint64_t now_us)
{
	return h->deaths_us[0] && now_us - h->deaths_us[0] <= HOLD_DEATHS_US;
}

static void note_nobody(struct hold *h, const struct facts *f, uint64_t now_us)
{
	if (f->new.accepting || f->old.accepting)
		h->nobody_us = 0;
	else if (!h->nobody_us)
		h->nobody_us = now_us;
}

enum hold_move hold_judge(struct hold *h, const struct facts *f, uint64_t now_us, uint64_t until_us,
			  enum fault *ret_fault)
{
	if (is_settled(h, f, now_us))
		count_deaths(h, f->new.deaths, now_us);
	note_nobody(h, f, now_us);
	if (!f->old.alive)
		return f->new.alive ? HOLD_FINISH : HOLD_OVER;
	/* The old master has had QUIT: there is no way back, and it leaves by itself. */
	if (f->closing)
		return HOLD_OVER;
	*ret_fault = FAULT_NEW_GONE;
	if (!f->new.alive)
		return HOLD_BACK;
	*ret_fault = FAULT_WORKERS_DIE;
	if (dies_again_and_again(h, now_us))
		return HOLD_BACK;
	*ret_fault = FAULT_NO_WORKERS;
	if (h->nobody_us && now_us - h->nobody_us >= HOLD_NOBODY_US)
		return HOLD_BACK;
	if (now_us >= until_us)
		return HOLD_FINISH;
	/* The old master has handled all its signals, and its workers accept. */
	if (f->old.accepting && f->old.idle && !f->old.starting)
		return HOLD_AGAIN;
	return HOLD_WAIT;
}
