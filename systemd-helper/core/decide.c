/*
 * Which phase the facts show, and which function decides in it. The phases are explained in
 * core/decide.h. The way forward, the way back, the stop and the reload each have a file of their
 * own.
 */
#include <stdint.h>
#include "core/decide.h"
#include "core/decision.h"
#include "core/facts.h"

enum phase phase_of(const struct facts *f, const struct history *h)
{
	bool ready;

	if (!f->old.alive)
		return f->new.alive ? PHASE_OVER : PHASE_LOST;
	/* A master that has had QUIT ignores everything else (nginx: ngx_master_process_cycle). */
	if (f->closing || acted(h, ACT_QUIT_OLD))
		return PHASE_CLOSING;
	if (!f->new.alive)
		return f->oldbin ? PHASE_SPAWNING : PHASE_ALONE;
	/* Idle: every worker has been forked. No worker starting: all of them accept. */
	ready = f->new.accepting && f->new.idle && !f->new.starting;
	if (f->old.accepting)
		return ready ? PHASE_BOTH : PHASE_SPAWNING;
	/*
	 * The old generation serves nobody though nobody told it to leave. The new one has to
	 * become ready all the same.
	 */
	return ready || !acted(h, ACT_USR2) || acted(h, ACT_WINCH) ? PHASE_SHIFTED : PHASE_SPAWNING;
}

void history_acted(struct history *h, enum action action, uint64_t now_us)
{
	h->acted_us[action] = now_us;
	h->steady_us = 0;
	if (action == ACT_QUIT_ORPHANS)
		h->acted_us[ACT_KILL_ORPHANS] = 0;
	if (action == ACT_QUIT_ORPHANS || action == ACT_KILL_ORPHANS)
		h->acted_us[ACT_SEARCH] = 0;
}

static bool is_settled(enum phase phase, const struct facts *f, const struct ask *a,
		       const struct history *h)
{
	bool watched = phase == PHASE_SHIFTED || (phase == PHASE_BOTH && skips_winch(f, h));

	return watched && is_proven(f, a) && h->now_us >= settled_by_us(f, a, h);
}

enum main_process main_process_of(const struct facts *f, const struct ask *a,
				  const struct history *h)
{
	enum phase phase = phase_of(f, h);

	if (phase == PHASE_LOST || (a->goal != GOAL_FORWARD && a->goal != GOAL_BACK))
		return MAIN_AS_IS;
	if (phase == PHASE_CLOSING || phase == PHASE_OVER)
		return MAIN_NEW;
	if (a->goal == GOAL_BACK || phase == PHASE_ALONE)
		return MAIN_OLD;
	return is_settled(phase, f, a, h) ? MAIN_NEW : MAIN_AS_IS;
}

static struct decision decide_seen(enum phase phase, const struct facts *f, const struct ask *a,
				   const struct history *h)
{
	switch (a->goal) {
	case GOAL_BACK: return decide_back(phase, f, a, h);
	case GOAL_STOP: return decide_stop(f, a, h);
	case GOAL_RELOAD: return decide_reload(phase, f, a, h);
	default: return decide_forward(phase, f, a, h);
	}
}

struct decision decide(const struct facts *f, const struct ask *a, const struct history *h)
{
	enum phase phase = h->unseen_us ? h->phase : phase_of(f, h);
	struct decision d;

	if (h->unseen_us)
		d = decide_unseen(a, h);
	else
		d = decide_seen(phase, f, a, h);
	d.phase = phase;
	return decide_refused(d, a, h);
}

/* clang-format off */
#define PHASE_WORD(name, word, text) word,
#define PHASE_TEXT(name, word, text) text,
#define ACTION_TEXT(name, text) text,
static const char *const phase_words[] = {PHASES(PHASE_WORD)};
static const char *const phase_texts[] = {PHASES(PHASE_TEXT)};
static const char *const action_texts[] = {ACTIONS(ACTION_TEXT)};
/* clang-format on */

const char *phase_word(enum phase phase)
{
	return phase_words[phase];
}

const char *phase_text(enum phase phase)
{
	return phase_texts[phase];
}

const char *action_text(enum action action)
{
	return action_texts[action];
}
