/*
 * What must hold of HTTP/3. Sockets are taken out of use as soon as, and not before, nobody of
 * another generation can have clients at them. Where our program is attached, new clients are led
 * to the generation that stays before the other one is told to leave; and no end leaves it behind,
 * unless somebody takes charge of it while the old generation drains.
 */
#include "explore.h"

static const char *check_heal(const struct state *s, const struct facts *f)
{
	if (!s->heals || !f->unread)
		return "heal: unasked, or where all is read";
	if (f->old.alive ? f->new.alive || f->new.orphans : f->old.orphans)
		return "heal: while another generation lives";
	if (s->stale)
		return NULL;
	return s->old_alive && new_lives(s) ? "heal: while another generation lives" : NULL;
}

/* Nobody reads them, it is known, and nothing was done. */
static bool leaves_unread(const struct state *s, const struct facts *f)
{
	bool alone = f->old.alive ? !f->new.alive && !f->new.orphans : !f->old.orphans;

	return s->heals && f->unread && alone && !s->healed;
}

/* Likewise of a program of a run before this one. */
static bool leaves_attached(const struct state *s, const struct facts *f)
{
	return s->detaches && f->steered && !s->did_unsteer;
}

/* Old workers have clients, and the program stays until they have gone. */
static bool is_attended(const struct state *s, const struct facts *f)
{
	return s->attended && f->switched && f->new.alive && (f->old.alive || f->old.orphans);
}

static const char *check_unsteer(const struct state *s, const struct facts *f)
{
	if (s->goal == GOAL_FORWARD && s->steers && is_attended(s, f))
		return "steer: detached while the old generation drains";
	return f->steered ? NULL : "steer: detached where none is attached";
}

static const char *check_steer(const struct state *s, const struct facts *f)
{
	if (!s->attaches || s->goal != GOAL_FORWARD || s->did_steer)
		return "steer: attached unasked, or twice";
	return f->new.alive || f->oldbin ? "steer: attached too late" : NULL;
}

static const char *check_switch(const struct state *s, const struct facts *f)
{
	if (s->goal != GOAL_FORWARD || !f->steered || f->switched)
		return "steer: switched where that is not due";
	return f->new.accepting ? NULL : "steer: new clients are led to who does not serve";
}

static const char *check_back(const struct state *s, const struct facts *f)
{
	if (s->goal != GOAL_BACK || !f->switched)
		return "steer: switched back where that is not due";
	return f->old.accepting ? NULL : "steer: new clients are led to who does not serve";
}

/* It could be led, or detached. */
static bool can_lead(const struct state *s)
{
	return !s->sticks && (s->steers || s->detaches);
}

static const char *check_begin(const struct state *s, const struct facts *f)
{
	if (leaves_unread(s, f))
		return "heal: USR2 before sockets were taken out of use";
	if (s->attaches && !s->did_steer && f->old.accepting)
		return "steer: USR2 before the program is attached";
	return !s->did_steer && leaves_attached(s, f) ? "steer: USR2 with one that a run has left"
						      : NULL;
}

const char *check_quic(const struct state *s, const struct facts *f, enum action action)
{
	switch (action) {
	case ACT_USR2: return check_begin(s, f);
	case ACT_WINCH:
	case ACT_QUIT_OLD:
		return s->goal == GOAL_FORWARD && f->steered && !f->switched
			       ? "steer: the old generation is told to leave before the switch"
			       : NULL;
	case ACT_QUIT_NEW:
		return s->goal == GOAL_BACK && f->switched && can_lead(s)
			       ? "steer: the new generation is told to leave before the switch back"
			       : NULL;
	case ACT_HUP: return leaves_attached(s, f) ? "steer: HUP with one attached" : NULL;
	case ACT_HEAL: return check_heal(s, f);
	case ACT_STEER: return check_steer(s, f);
	case ACT_SWITCH: return check_switch(s, f);
	case ACT_SWITCH_BACK: return check_back(s, f);
	case ACT_UNSTEER: return check_unsteer(s, f);
	default: return NULL;
	}
}

const char *check_quic_end(const struct state *s, const struct facts *f, enum outcome outcome)
{
	if (!s->quic || outcome == OUTCOME_STUCK || outcome == OUTCOME_STOPPED)
		return NULL;
	if (outcome != OUTCOME_DRAINING && leaves_unread(s, f))
		return "heal: an end with sockets that nobody reads";
	if (outcome == OUTCOME_DRAINING && is_attended(s, f))
		return NULL;
	if (leaves_attached(s, f) || (s->steer && s->detaches && !s->stale))
		return "steer: an end with the program attached";
	return NULL;
}
