/*
 * decide() on facts that no run at the desk comes to by itself: what each means, and how long it is
 * waited for, to the microsecond.
 */
#include "core/decision.h"
#include "tap.h"

enum { SEC = 1000000, T = 100 * SEC };

static struct facts f;
static struct ask a;
static struct history h;

/* One generation serves; the run began at T, and nothing was done yet. */
static void start(enum goal goal)
{
	memset(&f, 0, sizeof(f));
	memset(&a, 0, sizeof(a));
	memset(&h, 0, sizeof(h));
	f.old.alive = f.old.idle = true;
	f.old.accepting = 2;
	f.pid_file = PID_FILE_OLD;
	f.binary_is_old = true;
	a.goal = goal;
	a.spawn = goal == GOAL_FORWARD;
	a.start_timeout_us = 10 * SEC;
	a.settle_us = SEC;
	a.drain_timeout_us = 60 * SEC;
	h.began_us = h.phase_since_us = h.steady_us = h.now_us = T;
}

/* The new generation is there, too. */
static void both(void)
{
	f.oldbin = true;
	f.new.alive = f.new.idle = true;
	f.new.accepting = 2;
	f.pid_file = PID_FILE_NEW;
	f.binary_installed = true;
	f.binary_is_old = false;
}

static void shifted(void)
{
	both();
	f.old.accepting = 0;
	h.acted_us[ACT_USR2] = h.acted_us[ACT_WINCH] = T;
}

static void over(void)
{
	shifted();
	memset(&f.old, 0, sizeof(f.old));
	f.oldbin = false;
	h.acted_us[ACT_QUIT_OLD] = T;
}

static void is(struct decision want, const char *name)
{
	struct decision d = decide(&f, &a, &h);
	bool same = d.move == want.move && d.action == want.action && d.fault == want.fault &&
		    d.outcome == want.outcome && d.until_us == want.until_us;

	ok(same, name);
	if (!same)
		printf("#  got: move %u action %u fault %u outcome %u until %llu\n"
		       "# want: move %u action %u fault %u outcome %u until %llu\n",
		       (unsigned)d.move, (unsigned)d.action, (unsigned)d.fault, (unsigned)d.outcome,
		       (unsigned long long)d.until_us, (unsigned)want.move, (unsigned)want.action,
		       (unsigned)want.fault, (unsigned)want.outcome,
		       (unsigned long long)want.until_us);
}

static void acts(enum action action, const char *name)
{
	is(decision_act(action), name);
}

static void turns(enum fault fault, const char *name)
{
	is(decision_turn(fault), name);
}

static void ends(enum outcome outcome, enum fault fault, const char *name)
{
	is(decision_end(outcome, fault), name);
}

/* Up to this moment it waits, and then no longer. */
static void waits(uint64_t until_us, struct decision late, const char *name)
{
	h.now_us = until_us - 1;
	is(decision_wait(until_us), name);
	h.now_us = until_us;
	is(late, "no longer");
}

static void forward_from_one(void)
{
	start(GOAL_FORWARD);
	f.old.idle = false;
	waits(T + 10 * SEC, decision_turn(FAULT_OLD_BUSY), "a busy master");
	start(GOAL_FORWARD);
	f.old.accepting = 0;
	acts(ACT_USR2, "a master without workers: USR2 takes nothing from anybody");
	f.old.starting = 1;
	waits(T + 10 * SEC, decision_act(ACT_USR2), "workers that start may come to serve");
	f.old.deaths = 1;
	h.now_us = T;
	acts(ACT_USR2, "but not where they die as they start");
	a.spawn = false;
	turns(FAULT_OLD_EMPTY, "it is no end of a handover");
	start(GOAL_FORWARD);
	f.pid_file = PID_FILE_OTHER;
	turns(FAULT_PID_FILE, "another pid file");
	start(GOAL_FORWARD);
	a.install = true;
	acts(ACT_INSTALL, "the binary first");
	f.binary_installed = true;
	acts(ACT_USR2, "then USR2");
	start(GOAL_FORWARD);
	a.spawn = false;
	waits(T + CALM_US, decision_end(OUTCOME_NOTHING, FAULT_NONE), "nothing to finish");
}

static void forward_spawning(void)
{
	start(GOAL_FORWARD);
	f.oldbin = true;
	h.acted_us[ACT_USR2] = T;
	waits(T + 10 * SEC, decision_turn(FAULT_NEW_GONE), "no new master yet");
	f.new.alive = true;
	waits(T + 10 * SEC, decision_turn(FAULT_NEW_HANGS), "one that is not in its loop");
	f.new.idle = true;
	waits(T + 10 * SEC, decision_turn(FAULT_NO_WORKERS), "one without workers");
	h.phase_since_us = T + 20 * SEC;
	waits(T + 30 * SEC, decision_turn(FAULT_NO_WORKERS), "ready before, and busy now");
	h.phase_since_us = T;
	h.steady_us = T + 10 * SEC;
	waits(T + 10 * SEC + CALM_US, decision_turn(FAULT_NO_WORKERS), "only just found");
	f.new.deaths = 1;
	turns(FAULT_WORKERS_DIE, "workers that die");
}

static void forward_both(void)
{
	start(GOAL_FORWARD);
	both();
	h.acted_us[ACT_USR2] = T;
	acts(ACT_WINCH, "both accept");
	h.acted_us[ACT_USR2] = 0;
	waits(T + CALM_US, decision_act(ACT_WINCH), "a QUIT of others may be on its way");
	h.acted_us[ACT_WINCH] = T + SEC;
	waits(T + 6 * SEC, decision_act(ACT_WINCH), "old workers that stay are told again");
	h.acted_us[ACT_WINCH] = T + 6 * SEC;
	waits(T + 10 * SEC, decision_turn(FAULT_OLD_STAYS), "old workers that stay");
	h.acted_us[ACT_WINCH] = 0;
	h.acted_us[ACT_USR2] = T;
	f.winch_stalls = true;
	waits(T + SEC, decision_act(ACT_QUIT_OLD), "reuseport: QUIT, when it has settled");
	f.wrong_image = true;
	turns(FAULT_WRONG_BINARY, "another binary runs");
	f.new.deaths = 1;
	turns(FAULT_WORKERS_DIE, "workers die");
}

static void forward_shifted(void)
{
	start(GOAL_FORWARD);
	shifted();
	waits(T + SEC, decision_act(ACT_QUIT_OLD), "it settles");
	f.old.leaving = 1;
	waits(T + 60 * SEC, decision_act(ACT_QUIT_OLD), "old workers drain, and the way is open");
	f.new.idle = false;
	waits(T + 70 * SEC, decision_turn(FAULT_WORKERS_DIE), "a new master that is busy");
	f.new.idle = true;
	f.new.accepting = 0;
	turns(FAULT_NO_WORKERS, "no new worker");
	f.wrong_image = true;
	turns(FAULT_WRONG_BINARY, "another binary runs");
	f.new.deaths = 1;
	turns(FAULT_WORKERS_DIE, "workers die");
}

static void forward_closing(void)
{
	start(GOAL_FORWARD);
	shifted();
	h.acted_us[ACT_QUIT_OLD] = T + SEC;
	waits(T + 11 * SEC, decision_wait(T + 60 * SEC), "an old master without workers");
	f.old.leaving = 1;
	waits(T + 60 * SEC, decision_end(OUTCOME_DRAINING, FAULT_NONE), "old workers drain");
	a.drain_term = true;
	waits(T + 60 * SEC, decision_act(ACT_TERM_OLD), "or are ended");
	h.acted_us[ACT_TERM_OLD] = T + 60 * SEC;
	waits(T + 70 * SEC, decision_end(OUTCOME_DRAINING, FAULT_NONE), "which may take a while");
	h.acted_us[ACT_TERM_OLD] = 0;
	f.new.accepting = 0;
	waits(T + 11 * SEC, decision_end(OUTCOME_STUCK, FAULT_NO_WORKERS), "no new worker");
	f.new.alive = false;
	ends(OUTCOME_STUCK, FAULT_NEW_GONE, "no new master");
	start(GOAL_FORWARD);
	shifted();
	h.acted_us[ACT_WINCH] = h.acted_us[ACT_USR2] = 0;
	f.closing = true;
	f.old.leaving = 1;
	waits(T + 60 * SEC, decision_end(OUTCOME_DRAINING, FAULT_NONE),
	      "a QUIT of others: from the begin of the run");
}

static void forward_over(void)
{
	start(GOAL_FORWARD);
	over();
	ends(OUTCOME_DONE, FAULT_NONE, "the old generation is gone");
	h.acted_us[ACT_QUIT_OLD] = 0;
	waits(T + SEC, decision_end(OUTCOME_DONE, FAULT_NONE), "it left unasked: watched");
	f.new.starting = 1;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_NEW_HANGS), "a worker that starts");
	f.new.accepting = 0;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_NO_WORKERS), "no worker");
	f.new.deaths = 1;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_WORKERS_DIE), "they die");
	start(GOAL_FORWARD);
	over();
	f.new.deaths = 1;
	ends(OUTCOME_STUCK, FAULT_WORKERS_DIE, "one has died");
	f.new.deaths = 0;
	f.pid_file = PID_FILE_MISSING;
	waits(T + LEAVE_GRACE_US, decision_end(OUTCOME_STUCK, FAULT_PID_FILE), "no pid file");
	f.pid_file = PID_FILE_NEW;
	f.binary_installed = false;
	ends(OUTCOME_STUCK, FAULT_WRONG_BINARY, "another binary than was asked for");
	memset(&f.new, 0, sizeof(f.new));
	ends(OUTCOME_STUCK, FAULT_ALL_GONE, "nobody is left");
}

static void orphans(void)
{
	start(GOAL_FORWARD);
	over();
	f.old.orphans = 1;
	acts(ACT_QUIT_ORPHANS, "workers without a master");
	h.acted_us[ACT_QUIT_ORPHANS] = T;
	waits(T + 60 * SEC, decision_end(OUTCOME_DRAINING, FAULT_NONE), "they may finish");
	a.drain_term = true;
	waits(T + 60 * SEC, decision_act(ACT_KILL_ORPHANS), "or are ended");
	h.acted_us[ACT_KILL_ORPHANS] = T + 60 * SEC;
	waits(T + 60 * SEC + LEAVE_GRACE_US, decision_end(OUTCOME_DRAINING, FAULT_NONE),
	      "which may fail");
	start(GOAL_STOP);
	memset(&f.old, 0, sizeof(f.old));
	f.old.orphans = 1;
	h.acted_us[ACT_QUIT_ORPHANS] = T;
	waits(T + 60 * SEC, decision_act(ACT_KILL_ORPHANS), "in a stop they are");
	h.acted_us[ACT_KILL_ORPHANS] = T;
	h.now_us = T + 61 * SEC;
	ends(OUTCOME_STUCK, FAULT_STAYS, "which is told if it fails");
}

static void stops(void)
{
	start(GOAL_STOP);
	acts(ACT_QUIT_OLD, "QUIT first");
	h.acted_us[ACT_QUIT_OLD] = T;
	waits(T + 60 * SEC, decision_act(ACT_TERM_OLD), "time for the clients");
	f.old.accepting = 0;
	waits(T + 10 * SEC, decision_act(ACT_TERM_OLD), "without workers it hangs");
	h.acted_us[ACT_TERM_OLD] = T;
	waits(T + 10 * SEC, decision_act(ACT_KILL_OLD), "TERM");
	h.acted_us[ACT_KILL_OLD] = T;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_STAYS), "KILL");
	f.old.alive = false;
	acts(ACT_SEARCH, "it is gone: whoever was left is looked for");
	h.acted_us[ACT_SEARCH] = T;
	ends(OUTCOME_STOPPED, FAULT_NONE, "there is nobody");
	start(GOAL_STOP);
	both();
	a.restore_binary = true;
	acts(ACT_RESTORE_BINARY, "the old binary first of all");
	h.acted_us[ACT_RESTORE_BINARY] = T;
	acts(ACT_QUIT_OLD, "then the old master");
	h.acted_us[ACT_QUIT_OLD] = T;
	acts(ACT_QUIT_NEW, "then the new one");
	start(GOAL_STOP);
	f.oldbin = true;
	f.pid_file = PID_FILE_MISSING;
	waits(T + 10 * SEC, decision_act(ACT_QUIT_OLD), "a new master may be about to come");
}

static void reloads(void)
{
	start(GOAL_RELOAD);
	f.old.idle = false;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_MASTER_BUSY), "a busy master");
	f.old.idle = true;
	acts(ACT_HUP, "HUP");
	h.acted_us[ACT_HUP] = T;
	waits(T + CALM_US, decision_end(OUTCOME_KEPT, FAULT_CONFIG_KEPT), "no new worker");
	f.old.starting = 1;
	waits(T + 20 * SEC, decision_end(OUTCOME_STUCK, FAULT_NO_RELOADED), "workers that start");
	f.old.starting = 0;
	f.old.fresh = 2;
	ends(OUTCOME_RELOADED, FAULT_NONE, "all accept with the new configuration");
	f.old.accepting = 4;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_BOTH_CONFIGS), "both configurations");
	f.old.deaths = 2;
	waits(T + 10 * SEC, decision_end(OUTCOME_KEPT, FAULT_CONFIG_KEPT),
	      "as many new ones as have died: it only replaced them");
	f.old.accepting = 0;
	waits(T + CALM_US, decision_end(OUTCOME_STUCK, FAULT_NO_RELOADED), "no worker at all");
	h.steady_us = T + 60 * SEC;
	waits(T + 30 * SEC, decision_end(OUTCOME_STUCK, FAULT_NO_RELOADED),
	      "a master that is never idle for long does not hold us for ever");
	start(GOAL_RELOAD);
	over();
	ends(OUTCOME_STUCK, FAULT_OLD_GONE, "the master is gone");
	memset(&f.new, 0, sizeof(f.new));
	ends(OUTCOME_STUCK, FAULT_ALL_GONE, "all are");
	start(GOAL_RELOAD);
	both();
	ends(OUTCOME_STUCK, FAULT_UNFINISHED, "a handover is under way");
}

static void ways_back(void)
{
	start(GOAL_BACK);
	f.old.idle = false;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_OLD_BUSY), "a busy master");
	start(GOAL_BACK);
	waits(T + CALM_US, decision_act(ACT_SEARCH), "one generation: who was left is looked for");
	h.acted_us[ACT_SEARCH] = T;
	ends(OUTCOME_UNDONE, FAULT_NONE, "there is nobody");
	f.pid_file = PID_FILE_MISSING;
	acts(ACT_RESTORE_PID_FILE, "its pid file is put back");
	f.pid_file = PID_FILE_OLD;
	a.restore_binary = true;
	f.binary_is_old = false;
	acts(ACT_RESTORE_BINARY, "then its binary");
	start(GOAL_BACK);
	shifted();
	acts(ACT_HUP_OLD, "the old workers first");
	h.acted_us[ACT_HUP_OLD] = T;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_OLD_EMPTY), "they come");
	start(GOAL_BACK);
	both();
	h.acted_us[ACT_USR2] = T;
	acts(ACT_QUIT_NEW, "then the new master goes");
	f.old.idle = false;
	waits(T + 10 * SEC, decision_end(OUTCOME_STUCK, FAULT_OLD_BUSY), "a busy old master");
	start(GOAL_BACK);
	shifted();
	f.closing = true;
	ends(OUTCOME_STUCK, FAULT_TOO_LATE, "after QUIT there is no way back");
	over();
	ends(OUTCOME_STUCK, FAULT_OLD_GONE, "nor without the old master");
	memset(&f.new, 0, sizeof(f.new));
	ends(OUTCOME_STUCK, FAULT_ALL_GONE, "nor with nobody");
}

int main(void)
{
	forward_from_one();
	forward_spawning();
	forward_both();
	forward_shifted();
	forward_closing();
	forward_over();
	orphans();
	stops();
	reloads();
	ways_back();
	return tap_end();
}
