/* The way back to the microsecond, and what becomes of looks and actions that fail. */
#include "decide_fixture.h"

static void back_alone(void)
{
	alone(GOAL_BACK);
	from(BEGAN + CALM_US, decision_act(ACT_SEARCH), "what no look has seen");
	h.acted_us[ACT_SEARCH] = BEGAN;
	from(BEGAN + CALM_US, done(OUTCOME_UNDONE), "all is well");
	h.steady_us = BEGAN + 3 * START - CALM_US + 1;
	from(BEGAN + 3 * START, done(OUTCOME_UNDONE), "calm is not waited for any longer");
	alone(GOAL_BACK);
	f.old.idle = false;
	from(BEGAN + START, stuck(FAULT_OLD_BUSY), "a busy master");
	alone(GOAL_BACK);
	f.old.accepting = 0;
	from(BEGAN + CALM_US, decision_act(ACT_HUP_OLD), "its workers are started again");
	h.acted_us[ACT_HUP_OLD] = BEGAN;
	from(BEGAN + START, stuck(FAULT_OLD_EMPTY), "which takes its time");
	h.acted_us[ACT_HUP_OLD] = BEGAN + 1;
	from(BEGAN + 1 + START, stuck(FAULT_OLD_EMPTY), "from then on");
	h.acted_us[ACT_HUP_OLD] = BEGAN - 1;
	from(BEGAN + CALM_US, decision_act(ACT_HUP_OLD), "that was for another phase");
	f.old.starting = 1;
	from(BEGAN + START, stuck(FAULT_OLD_EMPTY), "they start");
	f.old.accepting = 1;
	from(BEGAN + START, stuck(FAULT_OLD_EMPTY), "one still");
	alone(GOAL_BACK);
	f.pid_file = PID_FILE_MISSING;
	from(BEGAN + CALM_US, decision_act(ACT_RESTORE_PID_FILE), "the pid file");
	h.acted_us[ACT_RESTORE_PID_FILE] = BEGAN;
	from(BEGAN + START, stuck(FAULT_PID_FILE), "cannot be set right");
}

static void what_is_left(void)
{
	alone(GOAL_BACK);
	h.now_us = BEGAN + CALM_US;
	h.acted_us[ACT_SEARCH] = BEGAN;
	a.restore_binary = true;
	now(done(OUTCOME_UNDONE), "the binary is there");
	f.binary_is_old = false;
	now(decision_act(ACT_RESTORE_BINARY), "or put there");
	h.acted_us[ACT_RESTORE_BINARY] = BEGAN;
	now(done(OUTCOME_UNDONE), "once");
	a.restore_binary = false;
	h.acted_us[ACT_RESTORE_BINARY] = 0;
	now(done(OUTCOME_UNDONE), "unasked it stays");
	f.new.orphans = 2;
	now(decision_act(ACT_QUIT_ORPHANS), "orphans get QUIT");
	history_acted(&h, ACT_QUIT_ORPHANS, BEGAN + CALM_US);
	h.steady_us = BEGAN;
	from(BEGAN + CALM_US + DRAIN, decision_act(ACT_SEARCH), "and are left to finish");
	h.acted_us[ACT_SEARCH] = BEGAN + CALM_US + DRAIN;
	h.now_us = BEGAN + CALM_US + DRAIN;
	now(done(OUTCOME_UNDONE), "who finishes is not told twice");
	f.new.orphans_accepting = 1;
	now(decision_act(ACT_QUIT_ORPHANS), "who was found accepting is told");
	h.acted_us[ACT_SEARCH] = 0;
	from(BEGAN + CALM_US + LEAVE_GRACE_US, decision_act(ACT_KILL_ORPHANS),
	     "unless they accept");
	history_acted(&h, ACT_KILL_ORPHANS, BEGAN + CALM_US + LEAVE_GRACE_US);
	h.steady_us = BEGAN;
	from(BEGAN + CALM_US + DRAIN, stuck(FAULT_STRAYS), "that KILL does not end");
	f.new.orphans_accepting = 0;
	from(BEGAN + CALM_US + DRAIN, decision_act(ACT_SEARCH), "what then still finishes may");
	h.acted_us[ACT_SEARCH] = BEGAN - 1;
	from(BEGAN + CALM_US + DRAIN, decision_act(ACT_SEARCH),
	     "a search of another phase is none");
}

static void ends_new(void)
{
	both(GOAL_BACK);
	now(decision_act(ACT_QUIT_NEW), "QUIT to the new one");
	h.acted_us[ACT_QUIT_NEW] = BEGAN + 9;
	from(BEGAN + 9 + LEAVE_GRACE_US, decision_act(ACT_QUIT_NEW_WORKERS), "it ignores that");
	f.new.accepting = 0;
	from(BEGAN + 9 + LEAVE_GRACE_US, decision_act(ACT_KILL_NEW), "without workers");
	f.new.starting = 1;
	from(BEGAN + 9 + LEAVE_GRACE_US, decision_act(ACT_QUIT_NEW_WORKERS), "workers come up");
	f.new.idle = false;
	from(BEGAN + START, decision_act(ACT_QUIT_NEW_WORKERS),
	     "it may block QUIT before its loop");
	h.acted_us[ACT_USR2] = BEGAN - START;
	from(BEGAN + 9 + LEAVE_GRACE_US, decision_act(ACT_QUIT_NEW_WORKERS), "not for ever");
	h.acted_us[ACT_USR2] = BEGAN - START + 10;
	from(BEGAN + 9 + LEAVE_GRACE_US, decision_act(ACT_QUIT_NEW_WORKERS), "nor not at all");
	h.acted_us[ACT_USR2] = BEGAN - START + 2 * LEAVE_GRACE_US;
	from(BEGAN + 2 * LEAVE_GRACE_US, decision_act(ACT_QUIT_NEW_WORKERS), "as long as it may");
	h.acted_us[ACT_QUIT_NEW_WORKERS] = BEGAN + START;
	f.new.starting = 0;
	f.new.leaving = 1;
	from(BEGAN + START + LEAVE_GRACE_US, decision_act(ACT_KILL_NEW),
	     "it would start them again");
	h.acted_us[ACT_KILL_NEW] = BEGAN + 2 * START;
	from(BEGAN + 2 * START + LEAVE_GRACE_US, stuck(FAULT_NEW_STAYS), "KILL has no effect");
}

static void new_drains(void)
{
	both(GOAL_BACK);
	h.acted_us[ACT_QUIT_NEW] = BEGAN;
	f.new.accepting = 0;
	f.new.leaving = 1;
	from(BEGAN + DRAIN, decision_end(OUTCOME_UNDONE, FAULT_NEW_STAYS),
	     "it finishes its clients");
	a.drain_term = true;
	from(BEGAN + DRAIN, decision_act(ACT_KILL_NEW), "or not");
	f.new_listens = true;
	a.drain_term = false;
	from(BEGAN + LEAVE_GRACE_US, decision_act(ACT_KILL_NEW), "listening, it has not had QUIT");
	f.new_listens = false;
	a.restore_binary = true;
	h.now_us = BEGAN + DRAIN;
	now(decision_end(OUTCOME_UNDONE, FAULT_NEW_STAYS), "the binary is there");
	f.binary_is_old = false;
	now(decision_act(ACT_RESTORE_BINARY), "or put there");
	h.acted_us[ACT_RESTORE_BINARY] = BEGAN;
	now(decision_end(OUTCOME_UNDONE, FAULT_NEW_STAYS), "once");
	h.acted_us[ACT_RESTORE_BINARY] = 0;
	a.restore_binary = false;
	now(decision_end(OUTCOME_UNDONE, FAULT_NEW_STAYS), "unasked it stays");
}

static void old_first(void)
{
	both(GOAL_BACK);
	f.old.idle = false;
	from(BEGAN + START, stuck(FAULT_OLD_BUSY), "a busy old master");
	f.old.idle = true;
	h.acted_us[ACT_WINCH] = BEGAN;
	now(decision_act(ACT_HUP_OLD), "WINCH is taken back");
	h.acted_us[ACT_HUP_OLD] = BEGAN;
	now(decision_act(ACT_QUIT_NEW), "once");
	f.old.starting = 1;
	from(BEGAN + START, stuck(FAULT_OLD_EMPTY), "its workers come first");
	both(GOAL_BACK);
	h.acted_us[ACT_USR2] = 0;
	from(BEGAN + CALM_US, decision_act(ACT_QUIT_NEW), "found by this run: calm first");
	shifted(GOAL_BACK);
	now(decision_act(ACT_HUP_OLD), "shifted: workers first");
	f.old.starting = 1;
	from(BEGAN + START, stuck(FAULT_OLD_EMPTY), "which start already");
	f.old.idle = false;
	from(BEGAN + START, stuck(FAULT_OLD_BUSY), "a busy one");
	h.acted_us[ACT_HUP_OLD] = BEGAN + 4;
	from(BEGAN + 4 + START, stuck(FAULT_OLD_EMPTY), "or had HUP");
	closing(GOAL_BACK);
	now(stuck(FAULT_TOO_LATE), "too late");
	over(GOAL_BACK);
	now(stuck(FAULT_OLD_GONE), "much too late");
	f.new.alive = false;
	now(stuck(FAULT_ALL_GONE), "all gone");
}

static void back_spawning(void)
{
	spawning(GOAL_BACK);
	f.new.alive = false;
	h.acted_us[ACT_RESTORE_PID_FILE] = 0;
	from(BEGAN + START, decision_act(ACT_RESTORE_PID_FILE), "nginx does not put it back");
	f.old.starting = 1;
	from(BEGAN + 2 * START, stuck(FAULT_PID_FILE), "a child may still come up");
	f.old.starting = 0;
	f.old.idle = false;
	from(BEGAN + 2 * START, stuck(FAULT_PID_FILE), "a busy master");
	f.old.idle = true;
	h.acted_us[ACT_RESTORE_PID_FILE] = BEGAN;
	from(BEGAN + 2 * START, stuck(FAULT_PID_FILE), "nor do we");
}

static void unseen(void)
{
	spawning(GOAL_FORWARD);
	h.phase = PHASE_SPAWNING;
	h.unseen_us = BEGAN + 5;
	from(BEGAN + 5 + START, decision_turn(FAULT_UNSEEN), "forward: it turns");
	h.phase_since_us = BEGAN + 6;
	from(BEGAN + 6 + START, decision_turn(FAULT_UNSEEN), "counted from when it began to wait");
	h.phase_since_us = BEGAN;
	h.phase = PHASE_CLOSING;
	from(BEGAN + 5 + START + DRAIN, stuck(FAULT_UNSEEN), "who drains needs no looks");
	h.phase = PHASE_SHIFTED;
	h.acted_us[ACT_QUIT_OLD] = BEGAN;
	from(BEGAN + 5 + START + DRAIN, stuck(FAULT_UNSEEN), "after QUIT likewise");
	a.goal = GOAL_BACK;
	from(BEGAN + 5 + START, stuck(FAULT_UNSEEN), "back: it ends");
	a.goal = GOAL_RELOAD;
	from(BEGAN + 5 + START, stuck(FAULT_UNSEEN), "a reload");
	a.goal = GOAL_STOP;
	from(BEGAN + 5 + START + DRAIN, stuck(FAULT_UNSEEN), "a stop");
	same_number(decide(&f, &a, &h).phase, PHASE_SHIFTED, "the phase is that of the last look");
}

/* In a row from BEGAN to then. */
static void refused(enum action action, uint64_t then_us, bool lastingly)
{
	h.refused = action;
	h.refused_since_us = BEGAN;
	h.refused_us = then_us;
	h.refused_lastingly = lastingly;
}

/* Up to that moment it is tried once more; then it is given up. */
static void tried_for(enum action action, uint64_t long_us, bool lastingly,
		      struct decision given_up, const char *name)
{
	if (long_us) {
		refused(action, BEGAN + long_us - 1, lastingly);
		now(decision_act(action), name);
	}
	refused(action, BEGAN + long_us, lastingly);
	now(given_up, name);
}

static void refusals(void)
{
	struct decision turns = decision_turn(FAULT_ACTION);

	alone(GOAL_FORWARD);
	tried_for(ACT_USR2, LEAVE_GRACE_US, false, turns, "forward: a short while");
	tried_for(ACT_USR2, 0, true, turns, "not what does not mend");
	refused(ACT_WINCH, BEGAN + DRAIN, true);
	now(decision_act(ACT_USR2), "something else was refused");
	same_number(decide(&f, &a, &h).phase, PHASE_ALONE, "the phase");
	a.install = true;
	f.binary_installed = false;
	tried_for(ACT_INSTALL, 0, false, turns, "a file is told of at once");
	closing(GOAL_FORWARD);
	a.drain_term = true;
	h.now_us = BEGAN + DRAIN;
	tried_for(ACT_TERM_OLD, START, false, stuck(FAULT_ACTION),
		  "after QUIT there is no way back");
	both(GOAL_BACK);
	tried_for(ACT_QUIT_NEW, START, false, stuck(FAULT_ACTION), "back: for long");
	same_number(decide(&f, &a, &h).phase, PHASE_BOTH, "the phase");
	tried_for(ACT_QUIT_NEW, LEAVE_GRACE_US, true, stuck(FAULT_ACTION), "a short while");
	a.start_timeout_us = LEAVE_GRACE_US - 1;
	tried_for(ACT_QUIT_NEW, LEAVE_GRACE_US, false, stuck(FAULT_ACTION), "at least that");
	a.start_timeout_us = LEAVE_GRACE_US + 1;
	tried_for(ACT_QUIT_NEW, LEAVE_GRACE_US + 1, false, stuck(FAULT_ACTION), "or as is set");
	both(GOAL_STOP);
	a.restore_binary = true;
	f.binary_is_old = false;
	turns.action = ACT_RESTORE_BINARY;
	tried_for(ACT_RESTORE_BINARY, START, false, turns, "a stop goes on without a file");
	h.acted_us[ACT_RESTORE_BINARY] = BEGAN;
	tried_for(ACT_QUIT_OLD, START, false, stuck(FAULT_ACTION), "but not without a signal");
}

int main(void)
{
	back_alone();
	what_is_left();
	ends_new();
	new_drains();
	old_first();
	back_spawning();
	unseen();
	refusals();
	return tap_end();
}
