/* How long a drain may take where the init system has a limit for all of it. */
#include "commands/session.h"
#include "os/duration.h"
#include "tap.h"

#define S USEC_PER_SEC

static struct ask asked(uint64_t drain_us)
{
	struct ask ask = {.goal = GOAL_FORWARD};

	ask.settle_us = 1 * S;
	ask.start_timeout_us = 10 * S;
	ask.drain_timeout_us = drain_us;
	ask.drain_term = true;
	return ask;
}

int main(void)
{
	struct ask ask = asked(60 * S);

	ok(!session_fit(&ask, 85 * S), "the defaults, and the 90 s of most units: nothing changes");
	same_number((long long)ask.drain_timeout_us, 60 * S, "the drain is as it was");
	ok(ask.drain_term, "and so is its end");
	ok(!session_fit(&ask, 71 * S), "just enough");
	ok(session_fit(&ask, 70 * S), "not enough");
	same_number((long long)ask.drain_timeout_us, 59 * S, "the drain is what is left");
	ok(!ask.drain_term, "and nobody is cut off before the time that was asked for");
	ask = asked(3600 * S);
	ok(session_fit(&ask, 5 * S), "not even for the rest");
	same_number((long long)ask.drain_timeout_us, 0, "no drain is waited for");
	ask = asked(3600 * S);
	ask.goal = GOAL_STOP;
	ok(!session_fit(&ask, 5 * S), "a stop has another limit");
	return tap_end();
}
