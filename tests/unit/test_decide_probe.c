/* decide() about probes of the new generation, and about the hold of the old master. */
#include "decide_fixture.h"

enum { PROBE_TIME = 20 * S };

static void asked(enum phase phase)
{
	if (phase == PHASE_BOTH)
		both(GOAL_FORWARD);
	else
		shifted(GOAL_FORWARD);
	a.prove = true;
	a.probe_timeout_us = PROBE_TIME;
	f.winch_stalls = phase == PHASE_BOTH;
}

static void begun(enum phase phase, enum probe_state state)
{
	asked(phase);
	h.acted_us[ACT_PROBE] = BEGAN;
	f.probe = state;
}

static void begins(void)
{
	asked(PHASE_SHIFTED);
	now(decision_act(ACT_PROBE), "it is probed as soon as it serves alone");
	f.new.idle = false;
	now(decision_wait(BEGAN + SETTLE), "but not before its master is in its loop");
	f.new.idle = true;
	f.new.starting = 1;
	now(decision_wait(BEGAN + SETTLE), "nor before all its workers are there");

	asked(PHASE_BOTH);
	now(decision_act(ACT_PROBE), "where WINCH is skipped, as soon as both accept");
	f.winch_stalls = false;
	now(decision_act(ACT_WINCH), "else not in that phase");

	asked(PHASE_SHIFTED);
	f.new.deaths = 1;
	now(decision_turn(FAULT_WORKERS_DIE), "not where workers die");
	asked(PHASE_SHIFTED);
	a.goal = GOAL_BACK;
	now(decision_act(ACT_HUP_OLD), "nor on the way back");
	shifted(GOAL_FORWARD);
	from(BEGAN + SETTLE, decision_act(ACT_QUIT_OLD), "nor unasked");
}

static void going(void)
{
	begun(PHASE_SHIFTED, PROBE_GOING);
	now(decision_wait(BEGAN + SETTLE), "a probe goes beside the settle time");
	h.now_us = BEGAN + SETTLE;
	now(decision_wait(BEGAN + PROBE_TIME + START), "and is waited for");
	from(BEGAN + PROBE_TIME + START, decision_turn(FAULT_PROBE), "but not for ever");

	begun(PHASE_BOTH, PROBE_GOING);
	h.now_us = BEGAN + SETTLE;
	now(decision_wait(BEGAN + PROBE_TIME + START), "also where both serve");
	from(BEGAN + PROBE_TIME + START, decision_turn(FAULT_PROBE), "likewise");
}

static void ended(enum phase phase)
{
	begun(phase, PROBE_FAILED);
	now(decision_turn(FAULT_PROBE), "one that fails turns the run back at once");
	begun(phase, PROBE_PASSED);
	from(BEGAN + SETTLE, decision_act(ACT_QUIT_OLD),
	     "one that has passed does not end the watch");
}

/* A whole set of workers came in place of those that were probed. */
static void anew(void)
{
	begun(PHASE_SHIFTED, PROBE_PASSED);
	f.new.renewed = true;
	h.renewed_us = BEGAN + S / 2;
	now(decision_act(ACT_PROBE), "after a HUP of others it is probed anew");
	f.probe = PROBE_FAILED;
	now(decision_act(ACT_PROBE), "also where the former set has failed");
	h.acted_us[ACT_PROBE] = BEGAN + S / 2;
	now(decision_turn(FAULT_PROBE), "but once");
}

static void told(void)
{
	begun(PHASE_SHIFTED, PROBE_GOING);
	h.now_us = BEGAN + SETTLE;
	ok(main_process_of(&f, &a, &h) == MAIN_AS_IS, "the init system is not told before");
	f.probe = PROBE_PASSED;
	ok(main_process_of(&f, &a, &h) == MAIN_NEW, "but then");
	begun(PHASE_BOTH, PROBE_PASSED);
	f.queued = 3;
	h.proven_us = BEGAN + 5 * S;
	from(BEGAN + 5 * S + QUEUES_US, decision_act(ACT_QUIT_OLD), "and queues get theirs");
	begun(PHASE_SHIFTED, PROBE_PASSED);
	h.proven_us = BEGAN + 5 * S;
	f.behind = true;
	from(BEGAN + 5 * S + CALM_US, decision_act(ACT_QUIT_OLD),
	     "and gets its moment from then on");
}

static void too_late(void)
{
	over(GOAL_FORWARD);
	h.acted_us[ACT_QUIT_OLD] = 0;
	a.prove = true;
	a.probe_timeout_us = PROBE_TIME;
	now(decision_act(ACT_PROBE), "an old master that left by itself: its heir is probed");
	h.acted_us[ACT_PROBE] = BEGAN;
	f.probe = PROBE_FAILED;
	now(stuck(FAULT_PROBE), "it has failed, and there is no way back");
	f.probe = PROBE_GOING;
	h.now_us = BEGAN + SETTLE;
	now(decision_wait(BEGAN + PROBE_TIME + START), "it is waited for");
	from(BEGAN + PROBE_TIME + START, stuck(FAULT_PROBE), "for its time");
	f.probe = PROBE_PASSED;
	from(BEGAN + SETTLE, done(OUTCOME_DONE), "it has passed");

	over(GOAL_FORWARD);
	a.prove = true;
	now(done(OUTCOME_DONE), "after QUIT it is not asked for again");
}

static void held(void)
{
	shifted(GOAL_FORWARD);
	a.hold_us = 600 * (uint64_t)S;
	from(BEGAN + SETTLE, done(OUTCOME_HELD), "in place of QUIT the run ends");
	f.old.leaving = 1;
	from(BEGAN + DRAIN, done(OUTCOME_HELD), "when the old workers have had their time");
	f.old.leaving = 0;
	f.pid_file = PID_FILE_OTHER;
	from(BEGAN + SETTLE + LEAVE_GRACE_US, decision_turn(FAULT_NOT_NAMED),
	     "not without a right pid file");
	f.pid_file = PID_FILE_NEW;
	f.behind = true;
	from(BEGAN + SETTLE + CALM_US, done(OUTCOME_HELD), "the init system gets its moment");

	begun(PHASE_SHIFTED, PROBE_GOING);
	a.hold_us = S;
	h.now_us = BEGAN + SETTLE;
	now(decision_wait(BEGAN + PROBE_TIME + START), "not before it is proven");
	f.probe = PROBE_PASSED;
	now(done(OUTCOME_HELD), "but then");
}

static void not_held(void)
{
	both(GOAL_FORWARD);
	a.hold_us = S;
	now(decision_act(ACT_WINCH), "a hold begins with WINCH, as ever");
	f.winch_stalls = true;
	now(decision_turn(FAULT_NO_HOLD), "where that is skipped there is none: it goes back");
	shifted(GOAL_FORWARD);
	a.hold_us = S;
	f.winch_stalls = true;
	now(decision_turn(FAULT_NO_HOLD), "also where sockets come to be nobody's later");
	over(GOAL_FORWARD);
	a.hold_us = S;
	now(done(OUTCOME_DONE), "nobody is held who is gone");
}

int main(void)
{
	begins();
	going();
	ended(PHASE_SHIFTED);
	ended(PHASE_BOTH);
	anew();
	told();
	too_late();
	held();
	not_held();
	return tap_end();
}
