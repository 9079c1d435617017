/*
 * Waits until something may have moved. What woke it carries no meaning: the caller looks again. A
 * lost event costs no more than one look interval.
 *
 *	waker_open -> (waker_watch_..., waker_wait) ... -> waker_close
 *
 * Titles and signal masks in /proc move without any event, and without pidfds so does an exit. So
 * the caller looks again at intervals that grow with the time it has waited (an eighth of it), and
 * neither spins nor adds more than an eighth to any step.
 */
#ifndef OS_WAKER_H
#define OS_WAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "os/process.h"

#define LOOK_FIRST_US 100u /* the first look comes after this */
#define LOOK_LAST_US                                                                               \
	50000u                   /* and none later than this after the one before: a reload shows  \
				  * both sets of workers for 100 ms, see core/workers.c */
#define LOOK_COSTS      16u      /* or so many times what a look takes, where that is more: */
#define LOOK_SLOWEST_US 1000000u /* /proc may have to be searched; but no later than this */

enum { WAKER_PROCESSES = 2 };

struct waker {
	int signals;                    /* read end of the self-pipe */
	int processes[WAKER_PROCESSES]; /* pidfds, owned by the caller's struct process; -1: none */
	int other;                      /* the caller's own, readable: wake; -1: none */
	uint64_t woke_us;               /* end of the last wait: from there to the next is a look */
};

/* How long to wait for the next look, of who has waited for so long and whose look took so long. */
uint64_t look_interval_us(uint64_t waited_us, uint64_t look_us);

/*
 * SIGINT, SIGTERM and SIGQUIT are caught from here on and can be asked for; SIGHUP and SIGPIPE are
 * ignored: a lost terminal must not end a handover halfway. SIGUSR1 is caught, too.
 */
int waker_open(struct waker *w);

/* The exit of this process wakes, where there are pidfds. */
void waker_watch_process(struct waker *w, unsigned slot, const struct process *p);

/*
 * Waits for an event, at most until until_us (monotonic clock), and at most for the look interval
 * that follows from since_us, the time at which the caller began to wait for what it waits for.
 */
void waker_wait(struct waker *w, uint64_t since_us, uint64_t until_us);

/* The same for so long at most, without a look in between: for a caller who has hours. */
void waker_watch(struct waker *w, uint64_t wait_us);

/* The signal that came since the last call: SIGINT, SIGTERM, SIGQUIT or 0. */
int waker_take_signal(void);

/* Whether there is one, which that will tell. */
bool waker_signalled(void);

/* Whether one of these came; it can still be taken. */
bool waker_pending(void);

/* Whether SIGUSR1 came since the last call. It is told apart, so that it hides none of those. */
bool waker_take_hurry(void);

/* The signals stay caught: the last words and the exit code are to come. */
void waker_close(struct waker *w);

#endif
