/*
 * Interrupts a system call that has no timeout, by SIGALRM. Repeats at an interval, because a
 * signal that arrives right before the call would interrupt nothing.
 *
 *	tick_begin -> the call: fails with EINTR after an interval at most -> tick_end
 */
#ifndef OS_TICK_H
#define OS_TICK_H

#include <signal.h>

struct tick {
	struct sigaction before;
	sigset_t mask;
};

/* Uses SIGALRM and ITIMER_REAL, so it cannot be nested. interval_us: less than a second. */
void tick_begin(struct tick *t, unsigned interval_us);
void tick_end(const struct tick *t);

#endif
