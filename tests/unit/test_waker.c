/* Waits in which no event comes: how often the caller looks. */
#include <signal.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/waker.h"
#include "tap.h"

enum { MS = 1000, S = 1000000 };

static void intervals(void)
{
	same_number(look_interval_us(0, 0), LOOK_FIRST_US, "the first look");
	same_number(look_interval_us(16 * MS, 0), 2 * MS, "an eighth of the time");
	same_number(look_interval_us(60 * S, 0), LOOK_LAST_US, "no later than the last");
	same_number(look_interval_us(60 * S, 2 * MS), LOOK_LAST_US, "a short look changes nothing");
	same_number(look_interval_us(60 * S, 20 * MS), 320 * MS, "a long one is rare");
	same_number(look_interval_us(60 * S, 2 * S), LOOK_SLOWEST_US, "but not too rare");
	same_number(look_interval_us(16 * MS, 20 * MS), 2 * MS, "and not in the beginning");
}

static unsigned looks_in(struct waker *w, uint64_t time_us)
{
	uint64_t since_us = clock_us();
	unsigned looks = 0;

	while (clock_us() - since_us < time_us) {
		waker_wait(w, since_us, since_us + time_us);
		looks++;
	}
	return looks;
}

/* A slow machine looks less often, never more often. */
static void no_busy_loop(struct waker *w)
{
	unsigned looks = looks_in(w, 400 * MS);
	uint64_t since_us;

	/* 8 of the shortest intervals, then each is an eighth longer than the one before. */
	ok(looks >= 2 && looks <= 70, "400 ms take no more than 70 looks");
	since_us = clock_us();
	waker_wait(w, since_us - 60 * S, since_us + 50 * MS);
	ok(clock_us() - since_us >= 50 * MS, "after a minute one wait lasts to its deadline");
}

/* The time of a look is measured from the end of one wait to the beginning of the next. */
static void measures(struct waker *w)
{
	uint64_t now_us;

	waker_wait(w, clock_us(), clock_us() + MS);
	now_us = clock_us();
	ok(now_us >= w->woke_us && now_us - w->woke_us < 60 * S, "the end of a wait is kept");
	w->woke_us = now_us - 20 * MS;
	waker_wait(w, now_us - 60 * S, now_us + 250 * MS);
	ok(clock_us() - now_us >= 250 * MS, "a look of 20 ms leads to a wait of more than 100 ms");
}

static void signals(struct waker *w)
{
	uint64_t now_us = clock_us();

	(void)raise(SIGTERM);
	waker_wait(w, now_us - 60 * S, now_us + 60 * S);
	ok(clock_us() - now_us < 60 * S, "a signal that came before the wait ends it");
	same_number(waker_take_signal(), SIGTERM, "and is told");
	same_number(waker_take_signal(), 0, "once");
}

int main(void)
{
	struct waker w;

	must(waker_open(&w) == 0, "waker_open");
	intervals();
	no_busy_loop(&w);
	measures(&w);
	signals(&w);
	waker_close(&w);
	return tap_end();
}
