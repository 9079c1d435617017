/*
 * The clock of a run, and what the run remembers by it. A state holds ages, not times, and no age
 * further than it matters, so that states that will behave alike are one.
 */
#include <string.h>

#include "core/decision.h"
#include "explore.h"

enum { NOW = 1000 };

/*
 * No timeout reaches further than this. An age above it is told apart only by whether it is older
 * than the phase, which decide() asks for: this and one, or this and two.
 */
static unsigned exact(void)
{
	unsigned longest = 3 * bounds.start;

	return longest > bounds.drain + bounds.start ? longest : bounds.drain + bounds.start;
}

/* Only a reload sends HUP, only the way forward probes, neither searches: these share a place. */
static unsigned place_of(enum action action)
{
	return 4 * (unsigned)(action > ACT_HUP ? ACT_HUP : action);
}

static bool has_no_place(const struct state *s, enum action action)
{
	switch (action) {
	case ACT_SEARCH: return s->goal == GOAL_RELOAD || s->goal == GOAL_FORWARD;
	case ACT_PROBE: return s->goal != GOAL_FORWARD;
	case ACT_HUP: return s->goal != GOAL_RELOAD;
	default: return false;
	}
}

/* Done in this phase, STEER in this run; how long ago does not matter. */
static unsigned quic_acted(const struct state *s, enum action action)
{
	switch (action) {
	case ACT_HEAL: return s->healed;
	case ACT_STEER: return s->did_steer;
	case ACT_SWITCH: return s->did_switch;
	case ACT_SWITCH_BACK: return s->did_back;
	default: return s->did_unsteer;
	}
}

static void set_quic_acted(struct state *s, enum action action, bool is)
{
	switch (action) {
	case ACT_HEAL: s->healed = is; break;
	case ACT_STEER: s->did_steer = is; break;
	case ACT_SWITCH: s->did_switch = is; break;
	case ACT_SWITCH_BACK: s->did_back = is; break;
	default: s->did_unsteer = is; break;
	}
}

unsigned acted_code(const struct state *s, enum action action)
{
	if (is_for_http3(action))
		return quic_acted(s, action);
	if (has_no_place(s, action))
		return 0;
	return (s->acted >> place_of(action)) & 15;
}

void set_acted(struct state *s, enum action action, unsigned code)
{
	if (is_for_http3(action)) {
		set_quic_acted(s, action, code != 0);
		return;
	}
	s->acted &= ~((uint64_t)15 << place_of(action));
	s->acted |= (uint64_t)code << place_of(action);
}

static unsigned aged(unsigned code, unsigned units, unsigned phase_since)
{
	if (!code)
		return 0;
	if (phase_since + units > exact() && code > phase_since)
		return exact() + 2;
	return code + units > exact() ? exact() + 1 : code + units;
}

/* Of these only the time between two counts, or whether a deadline has passed. */
static unsigned aged_plainly(unsigned code, unsigned units)
{
	if (!code)
		return 0;
	return code + units > exact() ? exact() + 1 : code + units;
}

/* With no units: after phase_since was set anew. */
static void age_all(struct state *s, unsigned units)
{
	unsigned phase_since = s->phase_since;
	int i;

	for (i = 0; s->acted && i < ACT_COUNT; i++) {
		/* These count in their phase, at any age. */
		if (acted_code(s, i) && i != ACT_SEARCH && !is_for_http3(i))
			set_acted(s, i, aged(acted_code(s, i), units, phase_since));
	}
	s->began = aged(s->began, units, phase_since);
	s->steady = aged(s->steady, units, phase_since);
	s->unseen = aged_plainly(s->unseen, units);
	s->refused_since = aged_plainly(s->refused_since, units);
	s->refused_last = aged_plainly(s->refused_last, units);
	s->phase_since = phase_since + units > exact() ? exact() + 1 : phase_since + units;
}

void time_passes(struct state *s)
{
	age_all(s, 1);
	s->until -= s->until > 0;
	s->alone += s->alone > 0 && s->alone < SETTLE + 1;
	s->age += bounds.age > 0 && s->age < 31;
}

void phase_begins(struct state *s)
{
	s->phase_since = 1;
	age_all(s, 0);
	if (acted_code(s, ACT_SEARCH))
		set_acted(s, ACT_SEARCH, 0);
	s->healed = s->did_switch = s->did_back = s->did_unsteer = 0;
}

static uint64_t code_time(unsigned code)
{
	return code ? NOW + 1 - code : 0;
}

void helper_history(const struct state *s, struct history *ret)
{
	int i;

	memset(ret, 0, sizeof(*ret));
	ret->now_us = NOW;
	ret->began_us = code_time(s->began);
	ret->phase_since_us = code_time(s->phase_since);
	ret->steady_us = code_time(s->steady);
	for (i = 0; (s->acted || s->quic) && i < ACT_COUNT; i++)
		ret->acted_us[i] = code_time(acted_code(s, i));
	ret->phase = s->phase == PHASE_COUNT ? PHASE_ALONE : s->phase;
	ret->unseen_us = code_time(s->unseen);
	ret->refused = s->refused;
	ret->refused_since_us = code_time(s->refused_since);
	ret->refused_us = code_time(s->refused_last);
	ret->refused_lastingly = s->lastingly;
}
