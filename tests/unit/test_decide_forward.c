/* The way forward to the microsecond: what each phase waits for, until when, and what follows. */
#include "decide_fixture.h"

static void begins(void)
{
	alone(GOAL_FORWARD);
	now(decision_act(ACT_USR2), "all is well: USR2");
	a.install = true;
	now(decision_act(ACT_USR2), "it is installed: USR2");
	f.binary_installed = false;
	now(decision_act(ACT_INSTALL), "it is not: first that");
	a.install = false;
	now(decision_act(ACT_USR2), "nothing is to be installed");
	f.pid_file = PID_FILE_OTHER;
	now(decision_turn(FAULT_PID_FILE), "no USR2 without a right pid file");
	h.acted_us[ACT_USR2] = BEGAN;
	now(decision_turn(FAULT_NEW_GONE), "USR2 has led to nothing");
	alone(GOAL_FORWARD);
	f.old.idle = false;
	from(BEGAN + START, decision_turn(FAULT_OLD_BUSY), "a busy master");
	alone(GOAL_FORWARD);
	f.old.accepting = 0;
	now(decision_act(ACT_USR2), "without workers it serves nobody");
	f.old.starting = 1;
	from(BEGAN + START, decision_act(ACT_USR2), "workers that only start");
	f.old.deaths = 1;
	now(decision_act(ACT_USR2), "and die, again and again");
	a.spawn = false;
	now(decision_turn(FAULT_OLD_EMPTY), "nothing to finish, and nobody who serves");
	f.old.deaths = 0;
	from(BEGAN + START, decision_turn(FAULT_OLD_EMPTY), "unless some start");
}

/* Nobody is served: the new generation has the time that it needs. */
static void rescues(void)
{
	spawning(GOAL_FORWARD);
	f.old.accepting = 0;
	from(BEGAN + START, decision_turn(FAULT_NEW_HANGS), "it comes up");
	f.new.idle = true;
	f.new.accepting = 2;
	from(BEGAN + SETTLE, decision_act(ACT_QUIT_OLD), "it serves, and is watched");
	f.new.accepting = 0;
	from(BEGAN + START, decision_turn(FAULT_NO_WORKERS), "it does not come to serve");
	h.acted_us[ACT_USR2] = 0;
	now(decision_turn(FAULT_NO_WORKERS), "of another run: it was told to leave");
	both(GOAL_FORWARD);
	f.winch_stalls = true;
	f.old.deaths = 1;
	now(decision_act(ACT_WINCH), "old workers that die leave their sockets anyway");
}

static void hurries(void)
{
	shifted(GOAL_FORWARD);
	f.old.leaving = 1;
	from(BEGAN + DRAIN, decision_act(ACT_QUIT_OLD), "old workers finish their clients");
	a.hurry = true;
	h.now_us = BEGAN + SETTLE;
	now(decision_act(ACT_QUIT_OLD), "in a hurry QUIT does not wait for them");
	f.old.leaving = 0;
	from(BEGAN + SETTLE, decision_act(ACT_QUIT_OLD), "but for the settle time");
}

/* What was done is noted, with what it makes void. */
static void notes(void)
{
	enum action action;

	for (action = 0; action < ACT_COUNT; action++) {
		bool of_orphans = action == ACT_QUIT_ORPHANS || action == ACT_KILL_ORPHANS;

		shifted(GOAL_BACK);
		h.acted_us[ACT_SEARCH] = h.acted_us[ACT_KILL_ORPHANS] = BEGAN + 1;
		history_acted(&h, action, BEGAN + 2);
		same_number(h.acted_us[action], BEGAN + 2, action_text(action));
		same_number(h.steady_us, 0, "nothing is steady after that");
		if (action != ACT_SEARCH)
			same_number(h.acted_us[ACT_SEARCH], of_orphans ? 0 : BEGAN + 1,
				    "a search before orphans are told is void");
		if (action != ACT_KILL_ORPHANS)
			same_number(h.acted_us[ACT_KILL_ORPHANS],
				    action == ACT_QUIT_ORPHANS ? 0 : BEGAN + 1,
				    "a KILL to those before, too");
	}
}

static void as_asked(void)
{
	both(GOAL_FORWARD);
	a.workers = 3;
	from(BEGAN + SETTLE, decision_turn(FAULT_FEW_WORKERS), "fewer workers");
	a.settle_us = 0;
	from(BEGAN + CALM_US, decision_turn(FAULT_FEW_WORKERS), "also in a hurry");
	a.settle_us = 2 * CALM_US;
	from(BEGAN + 2 * CALM_US, decision_turn(FAULT_FEW_WORKERS), "or not quite");
	a.settle_us = CALM_US / 2;
	from(BEGAN + CALM_US, decision_turn(FAULT_FEW_WORKERS), "but never at once");
	f.new.renewed = true;
	now(decision_act(ACT_WINCH), "others have had it read another configuration");
	h.renewed_us = BEGAN + 5;
	f.winch_stalls = true;
	a.settle_us = SETTLE;
	from(BEGAN + 5 + SETTLE, decision_act(ACT_QUIT_OLD), "and are watched for as long");
	h.renewed_us = 0;
	f.winch_stalls = f.new.renewed = false;
	a.workers = 2;
	now(decision_act(ACT_WINCH), "as many as asked for");
	both(GOAL_FORWARD);
	h.acted_us[ACT_WINCH] = BEGAN - 1;
	now(decision_act(ACT_WINCH), "others have brought the old workers back");
	shifted(GOAL_FORWARD);
	f.pid_file = PID_FILE_OTHER;
	from(BEGAN + SETTLE, decision_wait(BEGAN + SETTLE + LEAVE_GRACE_US), "the pid file");
	h.now_us = BEGAN + SETTLE + LEAVE_GRACE_US;
	now(decision_turn(FAULT_NOT_NAMED), "does not name the new master");
}

/* Connections wait to be accepted when the old workers are about to be taken away. */
static void drains_queues(void)
{
	both(GOAL_FORWARD);
	f.queued = 3;
	from(BEGAN + QUEUES_US, decision_act(ACT_WINCH), "full queues are waited for, 50 ms");
	h.now_us = BEGAN + 1;
	f.queued = 0;
	now(decision_act(ACT_WINCH), "but not when they are empty");
	f.queued = 1;
	h.phase_since_us = BEGAN - QUEUES_US;
	now(decision_act(ACT_WINCH), "once in a phase");
	both(GOAL_FORWARD);
	f.queued = 1;
	f.winch_stalls = true;
	h.now_us = BEGAN + SETTLE - 1;
	now(decision_wait(BEGAN + SETTLE), "in place of WINCH it is settled,");
	h.now_us++;
	now(decision_wait(BEGAN + SETTLE + QUEUES_US), "and before QUIT they are waited for, too,");
	h.now_us += QUEUES_US - 1;
	now(decision_wait(h.now_us + 1), "to the last");
	h.now_us++;
	now(decision_act(ACT_QUIT_OLD), "and not longer");
	h.now_us = BEGAN + SETTLE;
	f.queued = 0;
	now(decision_act(ACT_QUIT_OLD), "nor without need");
	f.queued = 1;
	f.clings = true;
	now(decision_wait(BEGAN + SETTLE + a.start_timeout_us),
	    "what keeps QUIT back does so still");
	h.now_us = BEGAN + SETTLE + a.start_timeout_us;
	now(decision_turn(FAULT_NOT_FOLLOWED), "and turns the run");
	both(GOAL_BACK);
	f.queued = 1;
	now(decision_act(ACT_QUIT_NEW), "the way back waits for no queue");
}

static void finishes_nothing(void)
{
	alone(GOAL_FORWARD);
	a.spawn = false;
	from(BEGAN + CALM_US, done(OUTCOME_NOTHING), "nothing to finish, in calm");
	h.steady_us = BEGAN + 3 * START - CALM_US + 1;
	from(BEGAN + 3 * START, done(OUTCOME_NOTHING), "calm is not waited for any longer");
}

static void spawns(void)
{
	spawning(GOAL_FORWARD);
	from(BEGAN + START, decision_turn(FAULT_NEW_HANGS), "not in its loop");
	f.new.idle = true;
	from(BEGAN + START, decision_turn(FAULT_NO_WORKERS), "in its loop, without workers");
	f.new.accepting = f.new.starting = 1;
	from(BEGAN + START, decision_turn(FAULT_NO_WORKERS), "one of two");
	f.new.deaths = 1;
	now(decision_turn(FAULT_WORKERS_DIE), "workers die");
	spawning(GOAL_FORWARD);
	f.new.alive = false;
	from(BEGAN + START, decision_turn(FAULT_NEW_GONE), "nobody comes up");
	h.steady_us = BEGAN + START - CALM_US + 1;
	from(BEGAN + START + 1, decision_turn(FAULT_NEW_GONE), "only just seen");
	h.steady_us = BEGAN + START - 2 * CALM_US;
	from(BEGAN + START, decision_turn(FAULT_NEW_GONE), "seen before that");
	spawning(GOAL_FORWARD);
	h.phase_since_us = BEGAN + START + 1;
	from(BEGAN + 2 * START + 1, decision_turn(FAULT_NEW_HANGS), "ready before, and busy again");
	h.phase_since_us = BEGAN + START;
	from(BEGAN + START, decision_turn(FAULT_NEW_HANGS), "not so");
}

static void both_accept(void)
{
	both(GOAL_FORWARD);
	now(decision_act(ACT_WINCH), "WINCH");
	h.acted_us[ACT_WINCH] = BEGAN;
	from(BEGAN + START / 2, decision_act(ACT_WINCH),
	     "a HUP of others may have kept it waiting");
	h.acted_us[ACT_WINCH] = BEGAN + START / 2;
	from(BEGAN + START, decision_turn(FAULT_OLD_STAYS), "it must take effect");
	h.acted_us[ACT_WINCH] = BEGAN + START;
	from(BEGAN + START + CALM_US, decision_turn(FAULT_OLD_STAYS), "with a moment for the last");
	h.acted_us[ACT_WINCH] = BEGAN + START - 2 * CALM_US;
	from(BEGAN + START, decision_turn(FAULT_OLD_STAYS), "which it has had here");
	h.acted_us[ACT_WINCH] = BEGAN;
	a.start_timeout_us = 2 * CALM_US;
	from(BEGAN + CALM_US, decision_act(ACT_WINCH), "with little time it is soon sent again");
	a.start_timeout_us = 6 * CALM_US;
	from(BEGAN + 3 * CALM_US, decision_act(ACT_WINCH), "with more of it later");
	a.start_timeout_us = CALM_US;
	h.acted_us[ACT_WINCH] = BEGAN;
	from(BEGAN + CALM_US, decision_turn(FAULT_OLD_STAYS), "no time to send it again");
	a.start_timeout_us = START;
	h.acted_us[ACT_WINCH] = 0;
	f.old.idle = false;
	from(BEGAN + START, decision_act(ACT_WINCH), "what it was sent before comes first");
	f.old.idle = true;
	f.wrong_image = true;
	now(decision_turn(FAULT_WRONG_BINARY), "another binary");
	f.new.deaths = 1;
	now(decision_turn(FAULT_WORKERS_DIE), "workers die");
	both(GOAL_FORWARD);
	h.acted_us[ACT_USR2] = 0;
	from(BEGAN + CALM_US, decision_act(ACT_WINCH), "found by this run: calm first");
	both(GOAL_FORWARD);
	f.winch_stalls = true;
	from(BEGAN + SETTLE, decision_act(ACT_QUIT_OLD), "no WINCH where it stalls");
	f.behind = true;
	from(BEGAN + SETTLE + CALM_US, decision_act(ACT_QUIT_OLD), "a moment for init to follow");
	f.clings = true;
	h.now_us = BEGAN + SETTLE;
	now(decision_wait(BEGAN + SETTLE + START), "init clings");
}

/* Sockets have nobody who reads them, and the old workers are gone. */
static void brings_back(void)
{
	shifted(GOAL_FORWARD);
	f.winch_stalls = true;
	now(decision_act(ACT_HUP_OLD), "the old workers are to serve those clients");
	f.old.deaths = 2;
	now(decision_act(ACT_HUP_OLD), "who left unseen counts as dead: it is no matter");
	f.old.idle = false;
	now(decision_wait(BEGAN + START), "what it was sent before comes first");
	f.old.idle = true;
	h.acted_us[ACT_WINCH] = 0;
	now(decision_wait(BEGAN + SETTLE), "a generation that never served is not called");
	h.acted_us[ACT_USR2] = 0;
	now(decision_act(ACT_HUP_OLD), "another run's may have served");
	h.acted_us[ACT_HUP_OLD] = BEGAN;
	from(BEGAN + START, decision_act(ACT_QUIT_OLD), "they do not come");
	f.old.leaving = 1;
	h.now_us = BEGAN + START;
	now(decision_act(ACT_QUIT_OLD), "no drain keeps those clients waiting");
	h.phase_since_us = BEGAN + 2;
	h.now_us = BEGAN + 3;
	now(decision_wait(BEGAN + 2 + SETTLE), "once and not again");
	both(GOAL_FORWARD);
	h.acted_us[ACT_HUP_OLD] = BEGAN - 1;
	f.old.deaths = 2;
	from(BEGAN + SETTLE, decision_act(ACT_QUIT_OLD), "they are back: settle, then QUIT");
	ok(main_process_of(&f, &a, &h) == MAIN_AS_IS, "the init system follows ...");
	h.now_us = BEGAN + SETTLE;
	ok(main_process_of(&f, &a, &h) == MAIN_NEW, "... when it has settled");
	h.now_us = h.phase_since_us = BEGAN + START + SETTLE;
	now(decision_act(ACT_WINCH), "but not for ever");
}

static void serves_alone(void)
{
	shifted(GOAL_FORWARD);
	from(BEGAN + SETTLE, decision_act(ACT_QUIT_OLD), "settled");
	f.old.leaving = 1;
	h.now_us = BEGAN + SETTLE;
	now(decision_wait(BEGAN + DRAIN), "the old workers drain");
	h.now_us = BEGAN + DRAIN;
	now(decision_act(ACT_QUIT_OLD), "long enough");
	h.acted_us[ACT_WINCH] = 0;
	h.acted_us[ACT_QUIT_OLD] = 0;
	h.began_us = BEGAN + 5;
	now(decision_wait(BEGAN + DRAIN + 5), "counted from this run, where WINCH was another's");
	h.began_us = BEGAN;
	a.drain_timeout_us = SETTLE - 1;
	h.now_us = BEGAN + SETTLE - 1;
	now(decision_wait(BEGAN + SETTLE), "a short drain is no shorter than that");
	shifted(GOAL_FORWARD);
	f.new.idle = false;
	h.now_us = BEGAN + DRAIN;
	from(BEGAN + DRAIN + START, decision_turn(FAULT_WORKERS_DIE), "busy to the end");
	shifted(GOAL_FORWARD);
	f.new.starting = 1;
	h.now_us = BEGAN + DRAIN + START;
	now(decision_turn(FAULT_WORKERS_DIE), "one starts, and does not come up");
	f.new.starting = 0;
	f.new.accepting = 0;
	now(decision_turn(FAULT_NO_WORKERS), "nobody accepts");
	f.wrong_image = true;
	now(decision_turn(FAULT_WRONG_BINARY), "of another binary");
	f.new.deaths = 1;
	now(decision_turn(FAULT_WORKERS_DIE), "that die");
}

static void closes(void)
{
	closing(GOAL_FORWARD);
	from(BEGAN + DRAIN, done(OUTCOME_DRAINING), "the old one drains");
	a.drain_term = true;
	from(BEGAN + DRAIN, decision_act(ACT_TERM_OLD), "and is ended, if asked so");
	h.acted_us[ACT_WINCH] = 0;
	h.acted_us[ACT_QUIT_OLD] = BEGAN + 7;
	from(BEGAN + DRAIN + 7, decision_act(ACT_TERM_OLD), "counted from QUIT without WINCH");
	h.acted_us[ACT_TERM_OLD] = BEGAN + 3;
	from(BEGAN + 3 + START, done(OUTCOME_DRAINING), "TERM takes a while");
	closing(GOAL_FORWARD);
	f.old.leaving = 0;
	a.drain_timeout_us = START - 1;
	from(BEGAN + START, done(OUTCOME_DRAINING), "nothing to drain: it leaves soon");
	a.drain_timeout_us = DRAIN;
	h.now_us = BEGAN + START - 1;
	now(decision_wait(BEGAN + START), "not later");
	f.new.accepting = 0;
	from(BEGAN + START, stuck(FAULT_NO_WORKERS), "nobody accepts");
	f.new.alive = false;
	now(stuck(FAULT_NEW_GONE), "the new one has gone");
}

static void is_over(void)
{
	over(GOAL_FORWARD);
	now(done(OUTCOME_DONE), "done");
	h.acted_us[ACT_QUIT_OLD] = 0;
	from(BEGAN + SETTLE, done(OUTCOME_DONE), "it left unasked: watched");
	f.new.deaths = 1;
	h.acted_us[ACT_QUIT_OLD] = BEGAN;
	now(stuck(FAULT_WORKERS_DIE), "workers die");
	over(GOAL_FORWARD);
	f.pid_file = PID_FILE_OLD;
	from(BEGAN + LEAVE_GRACE_US, stuck(FAULT_PID_FILE), "a wrong pid file");
	over(GOAL_FORWARD);
	f.binary_installed = false;
	now(stuck(FAULT_WRONG_BINARY), "another binary");
	over(GOAL_FORWARD);
	f.new.idle = false;
	from(BEGAN + START, stuck(FAULT_NEW_HANGS), "not in its loop");
	f.new.idle = true;
	f.new.starting = 1;
	from(BEGAN + START, stuck(FAULT_NEW_HANGS), "one starts");
	f.new.accepting = 0;
	from(BEGAN + START, stuck(FAULT_NO_WORKERS), "without workers");
	f.new.deaths = 1;
	from(BEGAN + START, stuck(FAULT_WORKERS_DIE), "which die");
	f.new.alive = false;
	now(stuck(FAULT_ALL_GONE), "all gone");
}

static void orphans(void)
{
	over(GOAL_FORWARD);
	f.old.orphans = 1;
	now(decision_act(ACT_QUIT_ORPHANS), "orphans get QUIT");
	h.acted_us[ACT_QUIT_ORPHANS] = BEGAN;
	from(BEGAN + DRAIN, done(OUTCOME_DRAINING), "and are left to finish");
	a.drain_term = true;
	from(BEGAN + DRAIN, decision_act(ACT_KILL_ORPHANS), "or not");
	h.acted_us[ACT_KILL_ORPHANS] = BEGAN + DRAIN;
	from(BEGAN + DRAIN + LEAVE_GRACE_US, done(OUTCOME_DRAINING), "which takes a moment");
}

int main(void)
{
	begins();
	rescues();
	as_asked();
	hurries();
	notes();
	drains_queues();
	finishes_nothing();
	spawns();
	both_accept();
	brings_back();
	serves_alone();
	closes();
	is_over();
	orphans();
	return tap_end();
}
