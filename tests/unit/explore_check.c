/*
 * What must hold. A decision is checked where it is made: against the facts that it saw, and
 * against the world as far as that cannot have changed since.
 */
#include "core/decision.h"
#include "explore.h"

const char *check_state(const struct state *s)
{
	if (!somebody_accepts(s) && !s->lost && !s->stop_asked)
		return "served: nobody accepts connections";
	if (bounds.age && s->age > bounds.age)
		return "endless: the run goes on and on";
	if (s->spoiled)
		return "pid file: USR2 was handled without a right pid file";
	return NULL;
}

/* Where a fault struck during the look, only the facts can be asked for; likewise of a broken
 * master that starts workers again that others have told to leave. */
static bool new_proven(const struct state *s, const struct facts *f)
{
	if (!f->new.alive || !f->new.idle || !f->new.accepting || f->new.starting || f->new.deaths)
		return false;
	return s->stale || s->deaf ||
	       (s->new_stage == NEW_LOOPS && s->neww.accepting && !s->neww.starting);
}

/* A run that was asked to finish does not know what it was to be. */
static bool is_flawed(const struct state *s)
{
	return s->flaw && s->command == CMD_UPGRADE;
}

static const char *check_quit_old(const struct state *s, const struct facts *f)
{
	if (s->goal == GOAL_STOP)
		return NULL;
	if (s->goal == GOAL_BACK)
		return "quit: QUIT to the old master on the way back";
	if (!new_proven(s, f))
		return "quit: QUIT to the old master, the new generation is not proven";
	if (is_flawed(s))
		return "quit: QUIT to the old master, the new generation is flawed";
	if (s->alone < SETTLE + 1)
		return "quit: QUIT to the old master, the new generation has not settled";
	if (s->wants && s->probe != PROBE_PASSED)
		return "quit: QUIT to the old master, the probe has not passed";
	return s->wants == WANTS_HOLD && s->command == CMD_UPGRADE
		       ? "quit: QUIT to an old master that is to be held"
		       : NULL;
}

static const char *check_probe(const struct state *s, const struct facts *f)
{
	if (!s->wants || s->goal != GOAL_FORWARD)
		return "role: a probe unasked";
	if (f->closing || acted_code(s, ACT_QUIT_OLD))
		return "role: a probe after QUIT";
	return new_proven(s, f) ? NULL : "role: a probe before the new generation is ready";
}

static const char *check_winch(const struct state *s, const struct facts *f)
{
	if (s->goal != GOAL_FORWARD)
		return "role: WINCH not on the way forward";
	if (!f->new.alive || f->closing || f->winch_stalls)
		return "role: WINCH without a new master, after QUIT, or where it stalls";
	if (!new_proven(s, f))
		return "role: WINCH before the new generation is proven";
	if (is_flawed(s))
		return "role: WINCH, though the new generation is flawed";
	return NULL;
}

static const char *check_hup_old(const struct state *s, const struct facts *f)
{
	if (s->goal == GOAL_FORWARD && (!f->winch_stalls || f->old.accepting || f->closing))
		return "role: HUP to the old master forward, where it is not needed";
	if (s->goal != GOAL_FORWARD && (s->goal != GOAL_BACK || f->closing))
		return "role: HUP to the old master unasked, or after QUIT";
	if (!f->old.idle)
		return "role: HUP overtakes what the old master has not handled yet";
	if (f->old.accepting && !acted_code(s, ACT_WINCH))
		return "role: HUP to an old master whose workers were never told to leave";
	return NULL;
}

static const char *check_hup(const struct state *s, const struct facts *f)
{
	if (s->goal != GOAL_RELOAD)
		return "role: a reload unasked";
	if (f->new.alive || f->oldbin || f->closing)
		return "role: a reload during a handover";
	if (!f->old.idle)
		return "role: HUP overtakes what the old master has not handled yet";
	return acted_code(s, ACT_HUP) ? "role: HUP twice" : NULL;
}

static const char *check_new_ends(const struct state *s, const struct facts *f, enum action action)
{
	if (s->goal == GOAL_STOP && f->old.alive && !acted_code(s, ACT_QUIT_OLD))
		return "role: the new master is to leave first, and the old one would start its workers";
	if (s->goal == GOAL_STOP)
		return f->new.alive ? NULL : "role: a signal to a new master that is dead";
	if (s->goal != GOAL_BACK)
		return "role: the new master is ended on the way forward";
	if (!f->new.alive)
		return "role: a signal to a new master that is dead";
	if (action == ACT_TERM_NEW)
		return "role: TERM to the new master would unlink shared sockets";
	if (!f->old.accepting)
		return "role: the new generation is ended while the old one does not serve";
	if (action != ACT_QUIT_NEW && !acted_code(s, ACT_QUIT_NEW))
		return "role: the new generation is ended without having had QUIT";
	return NULL;
}

static const char *check_orphans(const struct state *s, const struct facts *f)
{
	if (!f->old.orphans && !f->new.orphans)
		return "role: orphans are ended where there are none";
	if (s->goal == GOAL_FORWARD && !f->new.accepting)
		return "role: orphans are ended while the new generation does not serve";
	if (s->goal == GOAL_BACK && !f->old.accepting)
		return "role: orphans are ended while the old generation does not serve";
	return NULL;
}

static const char *check_usr2(const struct state *s, const struct facts *f)
{
	if (s->goal != GOAL_FORWARD || s->command != CMD_UPGRADE)
		return "role: USR2 without an upgrade";
	if (f->new.alive || f->closing || f->oldbin)
		return "role: USR2 during a handover";
	if (acted_code(s, ACT_USR2))
		return "role: USR2 twice";
	if (f->pid_file != PID_FILE_OLD)
		return "pid file: USR2 without a right pid file";
	return NULL;
}

static const char *check_restore(const struct state *s, const struct facts *f, enum action action)
{
	if (s->goal == GOAL_STOP && action == ACT_RESTORE_BINARY)
		return s->restore || !s->looked ? NULL : "role: the binary is put back unasked";
	if (s->goal != GOAL_BACK || !f->old.alive)
		return "role: a file is put back not on the way back";
	if (action == ACT_RESTORE_BINARY)
		return s->restore ? NULL : "role: the binary is put back unasked";
	if (new_lives(s) && !s->stale)
		return "pid file: it is put back while a new master lives";
	return NULL;
}

static const char *check_act(const struct state *s, const struct facts *f, enum action action)
{
	bool on_old = action == ACT_USR2 || action == ACT_HUP ||
		      (action >= ACT_WINCH && action <= ACT_KILL_OLD);

	if (acted_code(s, action) == 1 && !is_for_http3(action))
		return "repeats: the same action twice at one moment";
	if (on_old && !f->old.alive)
		return "role: a signal to an old master that is dead";
	if (s->goal == GOAL_RELOAD && action != ACT_HUP && action != ACT_HEAL &&
	    action != ACT_UNSTEER)
		return "role: a reload does more than HUP";
	if (s->quic && check_quic(s, f, action))
		return check_quic(s, f, action);
	switch (action) {
	case ACT_INSTALL:
		return f->new.alive || s->goal != GOAL_FORWARD ? "role: install too late" : NULL;
	case ACT_USR2: return check_usr2(s, f);
	case ACT_WINCH: return check_winch(s, f);
	case ACT_HUP: return check_hup(s, f);
	case ACT_PROBE: return check_probe(s, f);
	case ACT_HUP_OLD: return check_hup_old(s, f);
	case ACT_QUIT_OLD: return check_quit_old(s, f);
	case ACT_TERM_OLD:
		if (s->goal == GOAL_STOP || (s->drain_term && s->old_told_quit))
			return NULL;
		return "quit: TERM to an old master that may drain";
	case ACT_KILL_OLD: return s->goal == GOAL_STOP ? NULL : "quit: KILL to the old master";
	case ACT_QUIT_NEW:
	case ACT_TERM_NEW:
	case ACT_KILL_NEW:
	case ACT_QUIT_NEW_WORKERS: return check_new_ends(s, f, action);
	case ACT_QUIT_ORPHANS:
	case ACT_KILL_ORPHANS: return check_orphans(s, f);
	case ACT_SEARCH:
		return f->new.alive || (s->goal != GOAL_BACK && f->old.alive)
			       ? "role: a search while masters live whose workers are no orphans"
			       : NULL;
	case ACT_HEAL:
	case ACT_STEER:
	case ACT_SWITCH:
	case ACT_SWITCH_BACK:
	case ACT_UNSTEER: return NULL;
	default: return check_restore(s, f, action);
	}
}

static const char *check_stuck(const struct state *s, const struct facts *f,
			       const struct decision *d)
{
	bool too_late = s->old_told_quit && (s->goal == GOAL_BACK || s->stop_asked);
	/* A USR2 was on its way when a reload began. */
	bool unfinished = d->fault == FAULT_UNFINISHED && s->goal == GOAL_RELOAD &&
			  d->phase != PHASE_ALONE && !acted_code(s, ACT_HUP);

	if (check_patience(s, d->fault))
		return check_patience(s, d->fault);
	if (s->faults_left == bounds.faults && !s->late && !too_late && !unfinished)
		return "stuck: without a cause";
	if (d->fault == FAULT_NONE)
		return "stuck: without a reason";
	if (s->goal == GOAL_FORWARD && d->phase != PHASE_CLOSING && d->phase != PHASE_OVER &&
	    d->phase != PHASE_LOST)
		return "stuck: the way back was open";
	if (d->fault != FAULT_ACTION && s->goal == GOAL_BACK && f->old.alive && f->old.idle &&
	    f->old.accepting && !f->old.starting && !f->closing && !f->new.alive &&
	    f->pid_file == PID_FILE_OLD)
		return "stuck: all is well";
	return NULL;
}

/* Told to leave by a run that was killed, and wedged, they look like any others to the next run. */
bool old_serves(const struct state *s)
{
	return s->old_alive && (s->oldw.accepting || s->oldw.wedged);
}

static const char *check_undone(const struct state *s, const struct facts *f,
				const struct decision *d)
{
	if (s->goal != GOAL_BACK)
		return "outcome: undone, not on the way back";
	if (!f->old.alive || !f->old.accepting)
		return "outcome: undone, the old generation does not serve";
	if (s->restore && s->path_new != s->old_runs_new)
		return "outcome: undone, the binary was not put back";
	if (f->new.accepting || f->new.starting)
		return "outcome: undone, the new generation accepts";
	if (s->stale)
		return NULL;
	if (!old_serves(s))
		return "outcome: undone, the old generation does not serve";
	if (new_lives(s) && d->fault != FAULT_NEW_STAYS)
		return "outcome: undone, a new master lives";
	return NULL;
}

static const char *check_over(const struct state *s, const struct facts *f,
			      const struct decision *d)
{
	if (s->goal != GOAL_FORWARD || !f->new.accepting || (!s->stale && !s->neww.accepting))
		return "outcome: handed over, but the new generation does not serve";
	if (d->outcome == OUTCOME_DRAINING)
		return s->old_told_quit || s->strange ? NULL : "outcome: draining without QUIT";
	if (!acted_code(s, ACT_QUIT_OLD) && (s->phase != PHASE_OVER || s->phase_since < SETTLE + 1))
		return "outcome: done, but the new generation was not watched";
	if (f->old.alive || s->old_alive || f->old.orphans)
		return "outcome: done, but the old generation is there";
	if (s->pid_file != FILE_NEW || !s->path_new || (is_flawed(s) && s->flaw == FLAW_IMAGE))
		return "outcome: done, but the files are not right";
	return NULL;
}

static const char *check_held(const struct state *s, const struct facts *f)
{
	const char *broken;

	if (s->wants != WANTS_HOLD || s->command != CMD_UPGRADE || s->goal != GOAL_FORWARD)
		return "outcome: held, unasked";
	if (!new_proven(s, f) || is_flawed(s))
		return "outcome: held, but the new generation is not proven";
	if (s->alone < SETTLE + 1 || s->probe != PROBE_PASSED)
		return "outcome: held, but the new generation was not watched or probed";
	if (!f->old.alive || f->old.accepting || f->closing || s->old_told_quit)
		return "outcome: held, but the old master is no way back";
	broken = f->winch_stalls ? "outcome: held, but sockets are left to nobody" : NULL;
	return f->pid_file != PID_FILE_NEW ? "outcome: held, but the pid file is not right"
					   : broken;
}

static const char *check_reloaded(const struct state *s, const struct facts *f)
{
	if (s->goal != GOAL_RELOAD || !acted_code(s, ACT_HUP))
		return "outcome: reloaded, unasked or without HUP";
	if (!f->old.idle || f->old.starting || !f->old.accepting)
		return "outcome: reloaded, the workers do not all accept";
	if (s->stale)
		return NULL;
	if (!s->took_config)
		return "outcome: reloaded, but the old configuration was kept";
	if (s->oldw.starting || s->oldw.accepting > s->oldw.fresh_accepting)
		return "outcome: reloaded, but workers have the old configuration";
	return NULL;
}

static const char *check_kept(const struct state *s)
{
	if (s->goal != GOAL_RELOAD || !acted_code(s, ACT_HUP))
		return "outcome: kept, without HUP";
	if (s->stale)
		return NULL;
	if (s->took_config)
		return "outcome: kept, but the new configuration serves";
	if (s->faults_left == bounds.faults && !s->late && !s->old_told_quit)
		return "outcome: kept, without a cause";
	return old_serves(s) ? NULL : "outcome: kept, the old generation does not serve";
}

static const char *check_end(const struct state *s, const struct facts *f, const struct decision *d)
{
	if (check_quic_end(s, f, d->outcome))
		return check_quic_end(s, f, d->outcome);
	if (s->goal == GOAL_STOP && s->restore && s->path_new != s->old_runs_new)
		return "outcome: stopped, but the unproven binary is left at the path";
	switch (d->outcome) {
	case OUTCOME_DONE:
	case OUTCOME_DRAINING: return check_over(s, f, d);
	case OUTCOME_NOTHING:
		if (s->goal != GOAL_FORWARD || s->command != CMD_FINISH)
			return "outcome: nothing, though something was asked for";
		return NULL;
	case OUTCOME_HELD: return check_held(s, f);
	case OUTCOME_UNDONE: return check_undone(s, f, d);
	case OUTCOME_STOPPED: return s->goal == GOAL_STOP ? NULL : "outcome: stopped, unasked";
	case OUTCOME_RELOADED: return check_reloaded(s, f);
	case OUTCOME_KEPT: return check_kept(s);
	default: return check_stuck(s, f, d);
	}
}

const char *check_decision(const struct state *s, const struct facts *f, const struct decision *d)
{
	struct history h;

	helper_history(s, &h);
	switch (d->move) {
	case MOVE_WAIT:
		if (f->probe == PROBE_FAILED && d->phase == PHASE_SHIFTED && !f->winch_stalls)
			return "patience: a probe has failed, and it waits";
		return d->until_us > h.now_us ? NULL : "endless: it waits for what has passed";
	case MOVE_ACT: return check_act(s, f, d->action);
	case MOVE_TURN: return check_turn(s, d);
	default: return check_end(s, f, d);
	}
}

/* Nothing was seen: nothing may be done. */
const char *check_unseen(const struct state *s, const struct decision *d)
{
	switch (d->move) {
	case MOVE_ACT: return "unseen: it acts on what it has not seen";
	case MOVE_END:
		if (d->outcome != OUTCOME_STUCK || d->fault != FAULT_UNSEEN)
			return "unseen: an end is told that was not seen";
		return check_patience(s, d->fault);
	case MOVE_TURN: return check_turn(s, d);
	default: return NULL;
	}
}
