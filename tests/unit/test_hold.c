/* What becomes of a handover that is held. */
#include <string.h>

#include "core/hold.h"
#include "tap.h"

#define SECOND 1000000u
#define UNTIL  (3600ull * SECOND)

static struct facts held(void)
{
	struct facts f;

	memset(&f, 0, sizeof(f));
	f.old.alive = f.new.alive = f.old.idle = f.new.idle = f.oldbin = true;
	f.new.accepting = 2;
	f.pid_file = PID_FILE_NEW;
	return f;
}

static enum hold_move judge(struct hold *h, const struct facts *f, uint64_t now_us,
			    enum fault *ret_fault)
{
	*ret_fault = FAULT_NONE;
	return hold_judge(h, f, now_us, UNTIL, ret_fault);
}

static void test_ends(void)
{
	struct facts f = held();
	enum fault fault;
	struct hold h;

	hold_begin(&h, &f);
	ok(judge(&h, &f, SECOND, &fault) == HOLD_WAIT, "it is waited");
	ok(judge(&h, &f, UNTIL, &fault) == HOLD_FINISH, "until the time is up");
	f.closing = true;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_OVER,
	   "somebody has sent QUIT: nothing is to be done");
	f.old.alive = false;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_FINISH, "the old master is gone: it is final");
	f.new.alive = false;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_OVER, "both are gone");
	f = held();
	f.new.alive = false;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_BACK && fault == FAULT_NEW_GONE,
	   "the new master is gone: back");
}

/* In a look between two sets of workers they may seem dead; the next look takes that back. */
static void test_unsettled(void)
{
	struct facts f = held();
	enum fault fault;
	struct hold h;

	hold_begin(&h, &f);
	f.new.idle = false;
	f.new.deaths = 3;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_WAIT, "deaths while the master is busy: wait");
	f.new.idle = true;
	f.new.deaths = 0;
	ok(judge(&h, &f, 2 * SECOND, &fault) == HOLD_WAIT, "there were none");
	f.new.starting = 1;
	f.new.deaths = 3;
	ok(judge(&h, &f, 3 * SECOND, &fault) == HOLD_WAIT, "deaths while a worker starts: wait");
	ok(judge(&h, &f, 3 * SECOND + SECOND / 2, &fault) == HOLD_WAIT, "for a second");
	ok(judge(&h, &f, 4 * SECOND, &fault) == HOLD_BACK && fault == FAULT_WORKERS_DIE,
	   "and no longer: back");
}

static void test_deaths(void)
{
	struct facts f = held();
	enum fault fault;
	struct hold h;

	f.new.deaths = 7;
	hold_begin(&h, &f);
	ok(judge(&h, &f, SECOND, &fault) == HOLD_WAIT, "what died before does not count");
	f.new.deaths = 8;
	ok(judge(&h, &f, 2 * SECOND, &fault) == HOLD_WAIT, "one");
	f.new.deaths = 9;
	ok(judge(&h, &f, 50 * SECOND, &fault) == HOLD_WAIT, "two within a minute");
	f.new.deaths = 10;
	ok(judge(&h, &f, 63 * SECOND, &fault) == HOLD_WAIT, "the third after more than a minute");
	f.new.deaths = 11;
	ok(judge(&h, &f, 64 * SECOND, &fault) == HOLD_BACK && fault == FAULT_WORKERS_DIE,
	   "three within a minute: back");
	f = held();
	hold_begin(&h, &f);
	f.new.deaths = 4000000000u;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_BACK, "all at once");
}

static void test_nobody(void)
{
	struct facts f = held();
	enum fault fault;
	struct hold h;

	hold_begin(&h, &f);
	f.new.accepting = 0;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_WAIT, "nobody accepts, for a moment");
	ok(judge(&h, &f, 2 * SECOND, &fault) == HOLD_BACK && fault == FAULT_NO_WORKERS,
	   "for a second: back");
	f.new.accepting = 1;
	ok(judge(&h, &f, 3 * SECOND, &fault) == HOLD_WAIT, "somebody does again");
	f.new.accepting = 0;
	ok(judge(&h, &f, 4 * SECOND, &fault) == HOLD_WAIT, "it is counted anew");
}

static void test_hup(void)
{
	struct facts f = held();
	enum fault fault;
	struct hold h;

	hold_begin(&h, &f);
	f.old.accepting = 1;
	f.old.starting = 1;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_WAIT, "old workers start");
	f.old.starting = 0;
	f.old.accepting = 2;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_AGAIN, "they accept: they are to leave again");
	f.old.idle = false;
	ok(judge(&h, &f, SECOND, &fault) == HOLD_WAIT, "when what was sent before is dealt with");
}

int main(void)
{
	test_ends();
	test_deaths();
	test_unsettled();
	test_nobody();
	test_hup();
	return tap_end();
}
