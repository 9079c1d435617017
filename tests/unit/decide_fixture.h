/* A world, a question and a past for decide(), each changed a little by each test; times in
 * seconds. */
#ifndef DECIDE_FIXTURE_H
#define DECIDE_FIXTURE_H

#include "core/decision.h"
#include "tap.h"

enum { S = 1000000, BEGAN = 1000 * S, START = 10 * S, SETTLE = S, DRAIN = 60 * S };

static struct facts f;
static struct ask a;
static struct history h;

/* One generation serves; the run has just begun. */
static inline void alone(enum goal goal)
{
	memset(&f, 0, sizeof(f));
	memset(&a, 0, sizeof(a));
	memset(&h, 0, sizeof(h));
	f.old.alive = f.old.idle = true;
	f.old.accepting = 2;
	f.pid_file = PID_FILE_OLD;
	f.binary_installed = f.binary_is_old = true;
	a.goal = goal;
	a.spawn = true;
	a.start_timeout_us = START;
	a.settle_us = SETTLE;
	a.drain_timeout_us = DRAIN;
	h.now_us = h.began_us = h.phase_since_us = h.steady_us = BEGAN;
}

/* The new master has been started; its workers are not there yet. */
static inline void spawning(enum goal goal)
{
	alone(goal);
	f.new.alive = f.oldbin = true;
	f.pid_file = PID_FILE_NEW;
	h.acted_us[ACT_USR2] = BEGAN;
}

static inline void both(enum goal goal)
{
	spawning(goal);
	f.new.idle = true;
	f.new.accepting = 2;
}

static inline void shifted(enum goal goal)
{
	both(goal);
	f.old.accepting = 0;
	h.acted_us[ACT_WINCH] = BEGAN;
}

static inline void closing(enum goal goal)
{
	shifted(goal);
	f.old.leaving = 1;
	h.acted_us[ACT_QUIT_OLD] = BEGAN;
}

static inline void over(enum goal goal)
{
	shifted(goal);
	f.old.alive = f.old.idle = f.oldbin = false;
	h.acted_us[ACT_QUIT_OLD] = BEGAN;
}

static inline void is_decided(struct decision want, const char *name)
{
	struct decision got = decide(&f, &a, &h);

	ok(got.move == want.move && got.action == want.action && got.fault == want.fault &&
		   got.outcome == want.outcome && got.until_us == want.until_us,
	   name);
	if (got.move != want.move || got.until_us != want.until_us)
		printf("#  got: move %d, action %d, fault %d, outcome %d, until %+lld us\n",
		       (int)got.move, (int)got.action, (int)got.fault, (int)got.outcome,
		       (long long)(got.until_us - BEGAN));
}

static inline void now(struct decision want, const char *name)
{
	is_decided(want, name);
}

/* Until then it waits, to the very microsecond; then it does what is wanted. */
static inline void from(uint64_t then_us, struct decision want, const char *name)
{
	h.now_us = then_us - 1;
	is_decided(decision_wait(then_us), name);
	h.now_us = then_us;
	is_decided(want, name);
	h.now_us = BEGAN;
}

static inline struct decision stuck(enum fault fault)
{
	return decision_end(OUTCOME_STUCK, fault);
}

static inline struct decision done(enum outcome outcome)
{
	return decision_end(outcome, FAULT_NONE);
}

#endif
