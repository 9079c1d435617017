/* What must hold where a run gives up: it has been patient, and there was a reason to turn back. */
#include "core/decision.h"
#include "explore.h"

/* Nothing has gone wrong on this path, and nobody has asked for the way back. */
static bool calm(const struct state *s)
{
	return s->faults_left == bounds.faults && !s->late && !s->back_asked;
}

/* A refusal, or a look that failed, is not the end of anything as long as it may be over. */
const char *check_patience(const struct state *s, enum fault fault)
{
	/* It may have been refused for a while by what stands, too. */
	if (fault == FAULT_ACTION && is_for_http3(s->refused))
		return s->refuses || s->lastingly || s->refused_since > 1
			       ? NULL
			       : "patience: done without for one refusal";
	if (fault == FAULT_ACTION && !s->refuses && !s->lastingly && s->refused != ACT_INSTALL)
		return "patience: given up for what was refused once";
	if (fault == FAULT_ACTION && !s->refuses && s->goal != GOAL_FORWARD)
		return "patience: given up for what was refused once, not on the way forward";
	if (fault == FAULT_UNSEEN && !s->blind)
		return "patience: given up for a look that failed";
	return NULL;
}

const char *check_turn(const struct state *s, const struct decision *d)
{
	enum fault fault = d->fault;

	if (check_patience(s, fault))
		return check_patience(s, fault);
	if (fault == FAULT_ACTION && is_for_http3(s->refused))
		return is_for_http3(d->action) ? NULL : "turn: undone for what can be spared";
	if (s->goal == GOAL_STOP && fault == FAULT_ACTION)
		return s->refused == ACT_RESTORE_BINARY ? NULL : "turn: a stop turns";
	if (s->goal != GOAL_FORWARD || acted_code(s, ACT_QUIT_OLD))
		return "turn: a run turns that cannot";
	/* The program can neither be led nor detached. */
	if (fault == FAULT_NOT_LED)
		return s->sticks || !s->detaches ? NULL : "turn: undone for what can be spared";
	if (fault == FAULT_NO_HOLD)
		return s->wants == WANTS_HOLD && s->stalls ? NULL
							   : "turn: a hold is refused that can be";
#define FLAW_TURN(name, of, fact, what)                                                            \
	if (fault == (of) && s->flaw != FLAW_##name)                                               \
		return "turn: undone for a flaw that it does not have";
	FLAWS(FLAW_TURN)
#undef FLAW_TURN
	if (calm(s))
		return "turn: a good handover is undone";
	/* Within one unit WINCH cannot be sent again. */
	if (s->hupped && bounds.start > 2 && bounds.faults == 1 && !s->late && !s->slow &&
	    !s->back_asked)
		return "turn: undone because others have sent HUP";
	return NULL;
}
