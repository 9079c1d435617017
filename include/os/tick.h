/*
 * Interrupts a system call that knows no timeout, again and again, since a signal that comes right
 * before the call interrupts nothing.
 *
 *	tick_begin -> the call: -EINTR after an interval at the latest -> tick_end
 */
#ifndef OS_TICK_H
#define OS_TICK_H

#include <signal.h>

struct tick {
	struct sigaction before;
	sigset_t mask;
};

/* Uses SIGALRM and the one timer for it: not one in another. interval_us: less than a second. */
void tick_begin(struct tick *t, unsigned interval_us);
void tick_end(const struct tick *t);

#endif
