/* HTTP/3: when sockets that nobody reads are taken out of use, when our program is attached, led
 * and detached, and when a run does without. */
#include "decide_fixture.h"

/* Settled, with the old generation gone. */
static void over_and_well(void)
{
	over(GOAL_FORWARD);
	a.heal = true;
	f.unread = 2;
}

static void at_the_begin(void)
{
	alone(GOAL_FORWARD);
	f.unread = 2;
	now(decision_act(ACT_USR2), "unasked nothing is done");
	a.heal = true;
	now(decision_act(ACT_HEAL), "before USR2");
	h.acted_us[ACT_HEAL] = BEGAN;
	now(decision_act(ACT_USR2), "once in a phase, whatever is left");
	h.acted_us[ACT_HEAL] = BEGAN - 1;
	now(decision_act(ACT_HEAL), "another phase was another matter");
	f.new.orphans = 1;
	now(decision_act(ACT_USR2), "somebody of another generation has clients");
	f.new.orphans = 0;
	f.pid_file = PID_FILE_MISSING;
	now(decision_turn(FAULT_PID_FILE), "not where there will be no USR2");
	f.pid_file = PID_FILE_OLD;
	a.install = true;
	f.binary_installed = false;
	now(decision_act(ACT_INSTALL), "nor before the file is there");
	a.install = a.spawn = false;
	from(BEGAN + CALM_US, decision_act(ACT_HEAL), "where there is nothing to finish");
	f.unread = 0;
	from(BEGAN + CALM_US, done(OUTCOME_NOTHING), "nothing at all");
}

static void at_the_end(void)
{
	over_and_well();
	now(decision_act(ACT_HEAL), "handed over");
	h.acted_us[ACT_HEAL] = BEGAN;
	now(done(OUTCOME_DONE), "and that was that");
	over_and_well();
	f.old.orphans = 1;
	now(decision_act(ACT_QUIT_ORPHANS), "orphans first");
	h.acted_us[ACT_QUIT_ORPHANS] = BEGAN - DRAIN;
	now(done(OUTCOME_DRAINING), "while they finish it is left");
	closing(GOAL_FORWARD);
	a.heal = true;
	f.unread = 2;
	h.now_us = BEGAN + DRAIN;
	now(done(OUTCOME_DRAINING), "likewise while a master drains");
	alone(GOAL_BACK);
	a.heal = true;
	f.unread = 2;
	h.acted_us[ACT_SEARCH] = BEGAN;
	from(BEGAN + CALM_US, decision_act(ACT_HEAL), "undone");
	h.acted_us[ACT_HEAL] = BEGAN;
	from(BEGAN + CALM_US, done(OUTCOME_UNDONE), "and that was that");
}

static void at_a_reload(void)
{
	alone(GOAL_RELOAD);
	a.heal = true;
	f.unread = 2;
	now(decision_act(ACT_HUP), "not before HUP");
	h.acted_us[ACT_HUP] = BEGAN;
	f.old.fresh = 2;
	now(decision_act(ACT_HEAL), "reloaded");
	h.acted_us[ACT_HEAL] = BEGAN;
	now(done(OUTCOME_RELOADED), "and that was that");
	h.acted_us[ACT_HEAL] = 0;
	f.old.fresh = 0;
	from(BEGAN + CALM_US, decision_act(ACT_HEAL), "the configuration was refused");
	f.old.starting = 1;
	h.now_us = BEGAN + 2 * START;
	now(stuck(FAULT_NO_RELOADED), "not where it is stuck");
}

static void refused_for(uint64_t long_us, bool lastingly)
{
	h.refused = ACT_HEAL;
	h.refused_since_us = BEGAN;
	h.refused_us = BEGAN + long_us;
	h.refused_lastingly = lastingly;
}

static void without(enum goal goal)
{
	struct decision goes_on = decision_turn(FAULT_ACTION);

	goes_on.action = ACT_HEAL;
	alone(goal);
	a.heal = true;
	f.unread = 2;
	h.acted_us[ACT_SEARCH] = BEGAN;
	h.now_us = BEGAN + CALM_US;
	refused_for(LEAVE_GRACE_US - 1, false);
	now(decision_act(ACT_HEAL), "it is tried again");
	refused_for(LEAVE_GRACE_US, false);
	now(goes_on, "for a short while");
	refused_for(0, true);
	now(goes_on, "what does not mend at once");
	ok(ask_without(&a, ACT_HEAL) && !a.heal && a.goal == goal, "it goes on as before");
	ok(decide(&f, &a, &h).action != ACT_HEAL, "and does not ask for it again");
}

/* A run that may use the program. */
static void steers(void)
{
	a.steer = a.detach = true;
}

static void attaches(void)
{
	alone(GOAL_FORWARD);
	steers();
	now(decision_act(ACT_USR2), "QUIC=heal");
	a.attach = true;
	now(decision_act(ACT_STEER), "attached before USR2");
	a.heal = true;
	f.unread = 1;
	now(decision_act(ACT_HEAL), "when nothing is unread any more");
	f.unread = 0;
	h.acted_us[ACT_STEER] = BEGAN;
	now(decision_act(ACT_USR2), "once");
	f.steered = true;
	now(decision_act(ACT_USR2), "it is there");
	h.acted_us[ACT_STEER] = 0;
	now(decision_act(ACT_UNSTEER), "one that was there before is another run's");
	f.steered = false;
	f.old.accepting = 0;
	f.old.deaths = 1;
	now(decision_act(ACT_USR2), "nobody serves: nobody is to be led");
}

static void leads_over(void)
{
	both(GOAL_FORWARD);
	steers();
	f.steered = true;
	now(decision_act(ACT_SWITCH), "before WINCH");
	f.winch_stalls = true;
	now(decision_act(ACT_SWITCH), "or QUIT");
	f.winch_stalls = false;
	f.switched = true;
	now(decision_act(ACT_WINCH), "then the old workers may leave");
	f.switched = a.steer = false;
	now(decision_act(ACT_UNSTEER), "what cannot be led is detached first");
	a.detach = false;
	now(decision_turn(FAULT_NOT_LED), "what cannot be detached spoils it");
	a.steer = true;
	h.acted_us[ACT_SWITCH] = BEGAN;
	now(decision_turn(FAULT_NOT_LED), "so does a switch without effect");
	shifted(GOAL_FORWARD);
	steers();
	f.steered = true;
	now(decision_act(ACT_SWITCH), "WINCH was sent by hand");
	closing(GOAL_FORWARD);
	steers();
	f.steered = true;
	now(decision_act(ACT_SWITCH), "QUIT was");
	f.switched = true;
	h.now_us = BEGAN + DRAIN;
	now(decision_act(ACT_UNSTEER), "nobody takes charge of it");
	a.attended = true;
	now(done(OUTCOME_DRAINING), "somebody does");
	f.switched = false;
	a.steer = false;
	now(decision_act(ACT_UNSTEER), "it could not be switched");
	f.steered = false;
	now(done(OUTCOME_DRAINING), "alone");
}

/* QUIT cuts clients whose handshake with the old generation has begun just before the switch. */
static void handshakes_end(void)
{
	both(GOAL_FORWARD);
	steers();
	f.steered = f.switched = f.winch_stalls = true;
	from(BEGAN + SETTLE, decision_act(ACT_QUIT_OLD), "the settle time is longer");
	a.settle_us = 0;
	from(BEGAN + HANDSHAKE_US, decision_act(ACT_QUIT_OLD), "without a settle time");
	f.steered = f.switched = false;
	now(decision_act(ACT_QUIT_OLD), "where nobody is led");
}

static void leads_back(void)
{
	both(GOAL_BACK);
	steers();
	f.steered = true;
	now(decision_act(ACT_QUIT_NEW), "it has not been switched");
	f.switched = true;
	now(decision_act(ACT_SWITCH_BACK), "before QUIT to the new generation");
	a.steer = false;
	now(decision_act(ACT_UNSTEER), "or detached");
	a.detach = false;
	now(decision_act(ACT_QUIT_NEW), "the way back is gone in any case");
	shifted(GOAL_BACK);
	steers();
	f.steered = f.switched = true;
	now(decision_act(ACT_HUP_OLD), "not before the old workers are back");
	alone(GOAL_BACK);
	steers();
	f.steered = f.switched = true;
	h.acted_us[ACT_SEARCH] = BEGAN;
	from(BEGAN + CALM_US, decision_act(ACT_SWITCH_BACK), "the new master has died");
	f.switched = false;
	from(BEGAN + CALM_US, decision_act(ACT_UNSTEER), "detached");
	f.steered = false;
	from(BEGAN + CALM_US, done(OUTCOME_UNDONE), "undone");
}

static void ends_without_it(void)
{
	over_and_well();
	steers();
	f.steered = f.switched = true;
	now(decision_act(ACT_HEAL), "first the sockets");
	f.unread = 0;
	now(decision_act(ACT_UNSTEER), "then the program");
	h.acted_us[ACT_UNSTEER] = BEGAN;
	now(done(OUTCOME_DONE), "once");
	h.acted_us[ACT_UNSTEER] = 0;
	a.detach = false;
	now(done(OUTCOME_DONE), "where it cannot be, that is said elsewhere");
	steers();
	a.attended = true;
	f.old.orphans = 1;
	h.acted_us[ACT_QUIT_ORPHANS] = BEGAN - DRAIN;
	now(done(OUTCOME_DRAINING), "workers without a master drain");
	f.old.orphans = 0;
	now(decision_act(ACT_UNSTEER), "and have gone");
	alone(GOAL_RELOAD);
	steers();
	f.steered = true;
	now(decision_act(ACT_UNSTEER), "HUP brings workers that it does not know");
	f.steered = false;
	now(decision_act(ACT_HUP), "and is sent without it");
	alone(GOAL_STOP);
	steers();
	f.steered = true;
	now(decision_act(ACT_QUIT_OLD), "a stop does not mind it");
}

static void does_without(enum action action)
{
	struct decision goes_on = decision_turn(FAULT_ACTION);

	goes_on.action = action;
	h.refused = action;
	h.refused_since_us = h.refused_us = BEGAN;
	h.refused_lastingly = true;
	now(goes_on, "refused");
	ok(ask_without(&a, action), "it goes on");
	h.refused_since_us = 0;
}

static void each_is_spared(void)
{
	alone(GOAL_FORWARD);
	steers();
	a.attach = true;
	does_without(ACT_STEER);
	now(decision_act(ACT_USR2), "not attached");
	both(GOAL_FORWARD);
	steers();
	f.steered = true;
	does_without(ACT_SWITCH);
	now(decision_act(ACT_UNSTEER), "not switched");
	both(GOAL_BACK);
	steers();
	f.steered = f.switched = true;
	does_without(ACT_SWITCH_BACK);
	now(decision_act(ACT_UNSTEER), "not switched back");
	does_without(ACT_UNSTEER);
	now(decision_act(ACT_QUIT_NEW), "not detached");
}

int main(void)
{
	attaches();
	leads_over();
	handshakes_end();
	leads_back();
	ends_without_it();
	each_is_spared();
	at_the_begin();
	at_the_end();
	at_a_reload();
	without(GOAL_FORWARD);
	without(GOAL_BACK);
	ok(!ask_without(&a, ACT_RESTORE_BINARY), "an undo does not do without the file");
	ok(!ask_without(&a, ACT_INSTALL), "nor an upgrade");
	a.goal = GOAL_STOP;
	a.restore_binary = true;
	ok(ask_without(&a, ACT_RESTORE_BINARY) && !a.restore_binary, "a stop does");
	return tap_end();
}
