/* What "run" does next, for what is asked of it and what it sees. */
#include "core/foreground.h"
#include "tap.h"

static const struct foreground_facts serves = {.master = true};
static const struct foreground_facts gone = {.master = false};

static enum foreground_move next(struct foreground *f, unsigned asked, struct foreground_facts now)
{
	foreground_asked(f, asked);
	return foreground_next(f, &now);
}

static void what_is_asked(void)
{
	struct foreground f = {0, 0, false};
	struct foreground_facts busy = serves;

	busy.works = true;
	ok(next(&f, 0, serves) == FOREGROUND_WAIT, "nothing is asked: it waits");
	ok(next(&f, FOREGROUND_ASKED_RELOAD, serves) == FOREGROUND_RELOAD, "a reload");
	ok(next(&f, 0, serves) == FOREGROUND_WAIT, "once");
	ok(next(&f, FOREGROUND_ASKED_UPGRADE, serves) == FOREGROUND_UPGRADE, "an upgrade");
	ok(next(&f, FOREGROUND_ASKED_RELOAD | FOREGROUND_ASKED_REOPEN, busy) == FOREGROUND_WAIT,
	   "one thing at a time");
	ok(next(&f, 0, serves) == FOREGROUND_REOPEN, "the logs first: their files are moved");
	ok(next(&f, 0, busy) == FOREGROUND_WAIT, "then that is waited for");
	ok(next(&f, 0, serves) == FOREGROUND_RELOAD, "and what waits comes");
}

static void a_stop(void)
{
	struct foreground f = {0, 0, false};
	struct foreground_facts busy = serves;
	struct foreground_facts stops = serves;

	busy.works = true;
	stops.stops = true;
	ok(next(&f, FOREGROUND_ASKED_STOP | FOREGROUND_ASKED_RELOAD, busy) == FOREGROUND_STOP,
	   "a stop waits for nothing");
	ok(next(&f, FOREGROUND_ASKED_UPGRADE, stops) == FOREGROUND_WAIT, "it is at work");
	ok(next(&f, FOREGROUND_ASKED_STOP, stops) == FOREGROUND_WAIT, "one is enough");
	ok(next(&f, 0, serves) == FOREGROUND_WAIT, "it has failed: what was beside it is void");
	ok(next(&f, FOREGROUND_ASKED_STOP, serves) == FOREGROUND_STOP, "it may be asked again");
}

static void the_end(void)
{
	struct foreground f = {0, 0, false};
	struct foreground_facts now = gone;

	ok(next(&f, 0, gone) == FOREGROUND_END, "nginx has ended by itself");
	now.stops = true;
	ok(next(&f, 0, now) == FOREGROUND_WAIT, "not before the stop has said what it did");
	now = gone;
	now.others = true;
	ok(next(&f, FOREGROUND_ASKED_RELOAD, now) == FOREGROUND_WAIT,
	   "nor while somebody restarts it");
	ok(next(&f, 0, serves) == FOREGROUND_WAIT, "he did; what was asked of the other is void");
	now = gone;
	now.works = true;
	ok(next(&f, 0, now) == FOREGROUND_WAIT, "nor while a command of ours is at work");
}

static void a_crash(void)
{
	struct foreground f = {0, 0, false};
	struct foreground_facts now = gone;
	unsigned i;

	now.unclean = true;
	ok(next(&f, 0, now) == FOREGROUND_SWEEP, "what a killed master has left is looked for");
	ok(next(&f, 0, now) == FOREGROUND_END, "there was nothing");
	now.workers = true;
	(void)next(&f, 0, serves);
	for (i = 0; i < FOREGROUND_SWEEPS; i++)
		ok(next(&f, 0, now) == FOREGROUND_SWEEP, "workers: once more");
	ok(next(&f, 0, now) == FOREGROUND_END, "not for ever");
	(void)next(&f, 0, serves);
	ok(next(&f, 0, now) == FOREGROUND_SWEEP, "of another master they are others");
}

static void a_newer_program(void)
{
	struct foreground f = {0, 0, false};
	struct foreground_facts now = serves;

	now.newer = true;
	ok(next(&f, 0, now) == FOREGROUND_WAIT, "it is not looked for without need");
	ok(next(&f, FOREGROUND_ASKED_REOPEN, now) == FOREGROUND_RENEW, "it does what is asked");
	foreground_stays(&f);
	ok(next(&f, 0, now) == FOREGROUND_REOPEN, "where it does not work the old one does it");
	ok(next(&f, FOREGROUND_ASKED_REOPEN, now) == FOREGROUND_RENEW, "and it is tried again");
	now.works = true;
	ok(next(&f, FOREGROUND_ASKED_REOPEN, now) == FOREGROUND_WAIT,
	   "not while a command is at work");
	ok(next(&f, FOREGROUND_ASKED_STOP, now) == FOREGROUND_STOP, "a stop needs no newer one");
}

int main(void)
{
	what_is_asked();
	a_stop();
	the_end();
	a_crash();
	a_newer_program();
	return tap_end();
}
