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

static void main_processes(void)
{
	static const enum phase serving[] = {PHASE_BOTH, PHASE_SHIFTED, PHASE_CLOSING, PHASE_OVER};
	size_t i;

	for (i = 0; i < sizeof(serving) / sizeof(serving[0]); i++)
		same_number(main_process_of(serving[i], GOAL_FORWARD), MAIN_NEW,
			    phase_word(serving[i]));
	same_number(main_process_of(PHASE_ALONE, GOAL_FORWARD), MAIN_OLD, "alone");
	same_number(main_process_of(PHASE_SPAWNING, GOAL_FORWARD), MAIN_AS_IS,
		    "a moment of unreadiness changes nothing");
	same_number(main_process_of(PHASE_SPAWNING, GOAL_BACK), MAIN_OLD, "back from spawning");
	same_number(main_process_of(PHASE_BOTH, GOAL_BACK), MAIN_OLD, "back from both");
	same_number(main_process_of(PHASE_SHIFTED, GOAL_BACK), MAIN_OLD, "back from shifted");
	same_number(main_process_of(PHASE_CLOSING, GOAL_BACK), MAIN_NEW, "no way back");
	same_number(main_process_of(PHASE_BOTH, GOAL_STOP), MAIN_AS_IS, "a stop");
	same_number(main_process_of(PHASE_LOST, GOAL_FORWARD), MAIN_AS_IS, "lost");
}

int main(void)
{
	the_point_of_no_return();
	where_winch_is_skipped();
	main_processes();
	return tap_end();
}
