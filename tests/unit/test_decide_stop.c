/* Stop and reload to the microsecond. */
#include "decide_fixture.h"

static void stops(void)
{
	alone(GOAL_STOP);
	now(decision_act(ACT_QUIT_OLD), "QUIT");
	h.acted_us[ACT_QUIT_OLD] = BEGAN + 3;
	h.now_us = BEGAN + 3;
	from(BEGAN + 3 + DRAIN, decision_act(ACT_TERM_OLD), "its clients have their time");
	f.old.accepting = 0;
	from(BEGAN + 3 + START, decision_act(ACT_TERM_OLD), "without workers it has no clients");
	f.old.starting = 1;
	from(BEGAN + 3 + DRAIN, decision_act(ACT_TERM_OLD), "those that start may");
	f.old.starting = 0;
	f.old.leaving = 1;
	from(BEGAN + 3 + DRAIN, decision_act(ACT_TERM_OLD), "those that leave do");
	h.acted_us[ACT_TERM_OLD] = BEGAN + DRAIN;
	h.acted_us[ACT_QUIT_OLD] = BEGAN - DRAIN;
	from(BEGAN + DRAIN + START, decision_act(ACT_KILL_OLD), "TERM takes no clients");
	h.acted_us[ACT_TERM_OLD] = BEGAN - START;
	h.acted_us[ACT_KILL_OLD] = BEGAN;
	from(BEGAN + START, stuck(FAULT_STAYS), "nothing ends it");
	f.old.alive = false;
	now(decision_act(ACT_SEARCH), "what no look has seen");
	h.acted_us[ACT_SEARCH] = BEGAN;
	now(done(OUTCOME_STOPPED), "gone");
}

static void stops_both(void)
{
	both(GOAL_STOP);
	now(decision_act(ACT_QUIT_OLD), "the old one first");
	h.acted_us[ACT_QUIT_OLD] = BEGAN;
	now(decision_act(ACT_QUIT_NEW), "then the new one");
	h.acted_us[ACT_QUIT_NEW] = BEGAN + 8;
	from(BEGAN + 8 + DRAIN, decision_act(ACT_TERM_OLD), "counted from the later");
	f.old.alive = false;
	f.old.accepting = 0;
	from(BEGAN + 8 + DRAIN, decision_act(ACT_TERM_NEW), "the new one alone");
	h.acted_us[ACT_QUIT_OLD] = BEGAN + 9;
	from(BEGAN + 9 + DRAIN, decision_act(ACT_TERM_NEW), "counted likewise");
	f.new.accepting = 0;
	from(BEGAN + 9 + START, decision_act(ACT_TERM_NEW), "without workers");
	f.new.alive = false;
	f.new.orphans = 1;
	now(decision_act(ACT_SEARCH), "what no look has seen, before those that are known");
	h.acted_us[ACT_SEARCH] = BEGAN;
	now(decision_act(ACT_QUIT_ORPHANS), "its orphans");
	history_acted(&h, ACT_QUIT_ORPHANS, BEGAN);
	h.steady_us = BEGAN;
	from(BEGAN + DRAIN, decision_act(ACT_KILL_ORPHANS), "to their end");
	f.new.orphans_accepting = 1;
	from(BEGAN + DRAIN, decision_act(ACT_KILL_ORPHANS), "also those that accept");
	h.acted_us[ACT_KILL_ORPHANS] = BEGAN + DRAIN;
	from(BEGAN + DRAIN + LEAVE_GRACE_US, stuck(FAULT_STAYS), "that stay");
	f.new.orphans = 0;
	f.old.orphans = 1;
	from(BEGAN + DRAIN + LEAVE_GRACE_US, stuck(FAULT_STAYS), "of the old one, too");
}

static void a_child_may_be_on_its_way(void)
{
	alone(GOAL_STOP);
	f.old.idle = false;
	from(BEGAN + START, decision_act(ACT_QUIT_OLD), "a USR2 may be on its way");
	h.acted_us[ACT_QUIT_OLD] = BEGAN;
	h.now_us = BEGAN + DRAIN;
	now(decision_act(ACT_TERM_OLD), "not when it has had QUIT");
	h.acted_us[ACT_QUIT_OLD] = 0;
	f.closing = true;
	now(decision_act(ACT_QUIT_OLD), "from another run, too");
	alone(GOAL_STOP);
	f.oldbin = true;
	f.pid_file = PID_FILE_MISSING;
	from(BEGAN + START, decision_act(ACT_QUIT_OLD), "a child that has not shown itself");
	f.pid_file = PID_FILE_NEW;
	now(decision_act(ACT_QUIT_OLD), "it has");
	f.old.alive = false;
	f.old.idle = false;
	f.pid_file = PID_FILE_MISSING;
	h.acted_us[ACT_SEARCH] = BEGAN;
	now(done(OUTCOME_STOPPED), "without its parent it never will");
}

static void the_binary_first(void)
{
	both(GOAL_STOP);
	a.restore_binary = true;
	now(decision_act(ACT_QUIT_OLD), "the binary is there");
	f.binary_is_old = false;
	now(decision_act(ACT_RESTORE_BINARY), "or put there");
	a.restore_binary = false;
	now(decision_act(ACT_QUIT_OLD), "unasked it stays");
}

static void reloads(void)
{
	alone(GOAL_RELOAD);
	now(decision_act(ACT_HUP), "HUP");
	f.old.idle = false;
	from(BEGAN + START, stuck(FAULT_MASTER_BUSY), "a busy master");
	h.acted_us[ACT_HUP] = BEGAN;
	from(BEGAN + START, stuck(FAULT_MASTER_BUSY), "or one that takes its time");
	f.old.idle = true;
	f.old.fresh = 2;
	now(done(OUTCOME_RELOADED), "all are new");
	a.workers = 3;
	from(BEGAN + CALM_US, decision_end(OUTCOME_RELOADED, FAULT_FEW_WORKERS),
	     "but not as many as the configuration asks for");
	a.workers = 2;
	now(done(OUTCOME_RELOADED), "as many as it asks for");
	f.old.starting = 1;
	from(BEGAN + 2 * START, stuck(FAULT_NO_RELOADED), "one starts");
	f.old.starting = 0;
	f.old.fresh = 1;
	from(BEGAN + START, stuck(FAULT_BOTH_CONFIGS), "one is of before");
	h.steady_us = BEGAN + START - CALM_US + 1;
	from(BEGAN + START + 1, stuck(FAULT_BOTH_CONFIGS), "it may only now be told to leave");
	h.steady_us = BEGAN;
	f.old.deaths = 1;
	from(BEGAN + START, decision_end(OUTCOME_KEPT, FAULT_CONFIG_KEPT),
	     "it came for a dead one");
	f.old.deaths = f.old.fresh = 0;
	from(BEGAN + CALM_US, decision_end(OUTCOME_KEPT, FAULT_CONFIG_KEPT), "none is new");
	f.old.accepting = 0;
	from(BEGAN + CALM_US, stuck(FAULT_NO_RELOADED), "nobody accepts");
}

static void no_reload(void)
{
	both(GOAL_RELOAD);
	now(stuck(FAULT_UNFINISHED), "in a handover");
	spawning(GOAL_RELOAD);
	now(stuck(FAULT_UNFINISHED), "at its begin");
	over(GOAL_RELOAD);
	now(stuck(FAULT_OLD_GONE), "it is gone");
	f.new.alive = false;
	now(stuck(FAULT_ALL_GONE), "all are");
}

int main(void)
{
	stops();
	stops_both();
	a_child_may_be_on_its_way();
	the_binary_first();
	reloads();
	no_reload();
	return tap_end();
}
