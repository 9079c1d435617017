/* What decide() makes of an init system: whom it is to follow, and when it would kill everybody. */
#include "core/decide.h"
#include "tap.h"

enum { SECOND = 1000000, NOW = 100 * SECOND };

static const struct ask ask = {
	.goal = GOAL_FORWARD,
	.spawn = true,
	.start_timeout_us = 10 * SECOND,
	.settle_us = SECOND,
	.drain_timeout_us = 60 * SECOND,
};

/* Two generations, the new one serving alone since `since_us`, and sound. */
static struct facts shifted(void)
{
	struct facts f;

	memset(&f, 0, sizeof(f));
	f.old.alive = f.old.idle = f.new.alive = f.new.idle = true;
	f.new.accepting = 2;
	f.oldbin = true;
	f.pid_file = PID_FILE_NEW;
	f.binary_installed = true;
	return f;
}

static bool acts(const struct facts *f, const struct history *h, enum action action)
{
	struct decision d = decide(f, &ask, h);

	return d.move == MOVE_ACT && d.action == action;
}

static bool turns(const struct facts *f, const struct history *h, enum fault fault)
{
	struct decision d = decide(f, &ask, h);

	return d.move == MOVE_TURN && d.fault == fault;
}

static bool waits_until(const struct facts *f, const struct history *h, uint64_t until_us)
{
	struct decision d = decide(f, &ask, h);

	return d.move == MOVE_WAIT && d.until_us == until_us;
}

static struct history since(uint64_t since_us)
{
	struct history h;

	memset(&h, 0, sizeof(h));
	h.now_us = NOW;
	h.began_us = h.phase_since_us = h.steady_us = since_us;
	h.acted_us[ACT_USR2] = h.acted_us[ACT_WINCH] = since_us;
	return h;
}

static void the_point_of_no_return(void)
{
	struct facts f = shifted();
	struct history h = since(NOW - 2 * SECOND);

	ok(acts(&f, &h, ACT_QUIT_OLD), "nobody clings: QUIT");
	f.clings = true;
	ok(waits_until(&f, &h, NOW - 2 * SECOND + 11 * SECOND),
	   "it clings to the old master: no QUIT, for as long as a master may take to be ready");
	h = since(NOW - 11 * SECOND);
	ok(turns(&f, &h, FAULT_NOT_FOLLOWED), "it clings for good: back");
	f.new.deaths = 1;
	ok(turns(&f, &h, FAULT_WORKERS_DIE), "a worse fault comes first");
}

static void where_winch_is_skipped(void)
{
	struct facts f = shifted();
	struct history h = since(NOW - 2 * SECOND);

	f.winch_stalls = true;
	f.old.accepting = 4;
	h.acted_us[ACT_WINCH] = 0;
	same_number(phase_of(&f, &h), PHASE_BOTH, "both accept");
	ok(acts(&f, &h, ACT_QUIT_OLD), "QUIT in BOTH");
	f.clings = true;
	ok(waits_until(&f, &h, NOW - 2 * SECOND + 11 * SECOND), "not while it clings");
}

static enum main_process main_of(struct facts f, enum goal goal, uint64_t since_us)
{
	struct history h = since(since_us);
	struct ask a = ask;

	a.goal = goal;
	h.acted_us[ACT_WINCH] = 0;
	return main_process_of(&f, &a, &h);
}

static void main_processes(void)
{
	const uint64_t just_now = NOW - SECOND / 2;
	const uint64_t settled = NOW - SECOND;
	struct facts f = shifted();
	struct facts both = shifted();
	struct facts gone = shifted();
	struct facts alone = shifted();

	same_number(main_of(f, GOAL_FORWARD, just_now), MAIN_AS_IS, "shifted, being watched");
	same_number(main_of(f, GOAL_FORWARD, settled), MAIN_NEW, "shifted, sound");
	same_number(main_of(f, GOAL_BACK, settled), MAIN_OLD, "back from shifted");
	same_number(main_of(f, GOAL_STOP, settled), MAIN_AS_IS, "a stop");
	both.old.accepting = 2;
	same_number(main_of(both, GOAL_FORWARD, settled), MAIN_AS_IS, "both, WINCH to come");
	both.winch_stalls = true;
	same_number(main_of(both, GOAL_FORWARD, just_now), MAIN_AS_IS, "both, being watched");
	same_number(main_of(both, GOAL_FORWARD, settled), MAIN_NEW, "both, sound");
	same_number(main_of(both, GOAL_BACK, settled), MAIN_OLD, "back from both");
	f.closing = true;
	same_number(main_of(f, GOAL_FORWARD, just_now), MAIN_NEW, "closing");
	same_number(main_of(f, GOAL_BACK, just_now), MAIN_NEW, "no way back");
	gone.old.alive = false;
	same_number(main_of(gone, GOAL_FORWARD, just_now), MAIN_NEW, "over");
	gone.new.alive = false;
	same_number(main_of(gone, GOAL_FORWARD, just_now), MAIN_AS_IS, "lost");
	alone.new.alive = false;
	same_number(main_of(alone, GOAL_FORWARD, settled), MAIN_AS_IS, "spawning");
	same_number(main_of(alone, GOAL_BACK, settled), MAIN_OLD, "back from spawning");
	alone.oldbin = false;
	same_number(main_of(alone, GOAL_FORWARD, settled), MAIN_OLD, "alone");
}

static void a_moment_to_follow(void)
{
	struct facts f = shifted();
	struct history h = since(NOW - SECOND);

	f.behind = true;
	ok(waits_until(&f, &h, NOW + 100000), "told just now: a moment to follow");
	h = since(NOW - 2 * SECOND);
	ok(acts(&f, &h, ACT_QUIT_OLD), "no longer than that");
}

int main(void)
{
	the_point_of_no_return();
	where_winch_is_skipped();
	main_processes();
	a_moment_to_follow();
	return tap_end();
}
