/*
 * Waits until something may have changed. What ended the wait has no meaning: the caller looks at
 * everything again. So a lost event costs no more than one look interval.
 *
 *	waker_open -> (waker_watch_..., waker_wait) ... -> waker_close
 *
 * Titles and signal masks in /proc change without any event, and so does an exit where there are no
 * pidfds. So the caller also looks at intervals. These grow with the time it has waited (an eighth
 * of it): it does not spin, and no step becomes more than an eighth longer.
 */
#ifndef OS_WAKER_H
#define OS_WAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "os/process.h"

/* The interval between two looks: at first, and at most. */
#define LOOK_FIRST_US 100u
#define LOOK_LAST_US  50000u /* a reload shows both sets of workers for 100 ms: core/workers.c */
/* Where looks are slow because /proc has to be searched: a multiple of their time, and at most. */
#define LOOK_COSTS      16u
#define LOOK_SLOWEST_US 1000000u

enum { WAKER_PROCESSES = 2 };

struct waker {
	int signals;                    /* read end of the self-pipe */
	int processes[WAKER_PROCESSES]; /* pidfds, owned by the caller's struct process; -1: none */
	int other;        /* a descriptor of the caller; wakes if readable; -1: none */
	uint64_t woke_us; /* when the last wait ended and the look began */
};

/* How long to wait until the next look. waited_us: how long so far; look_us: what a look takes. */
uint64_t look_interval_us(uint64_t waited_us, uint64_t look_us);

/*
 * From here on SIGINT, SIGTERM, SIGQUIT and SIGUSR1 are caught; SIGHUP and SIGPIPE are ignored: the
 * loss of the terminal must not end a handover halfway. Once in a process. 0 or -errno.
 */
int waker_open(struct waker *w);

/* Makes the exit of this process wake, where there are pidfds. slot: below WAKER_PROCESSES. */
void waker_watch_process(struct waker *w, unsigned slot, const struct process *p);

/*
 * Waits for an event, at most until until_us, and at most for the look interval. since_us: when the
 * caller began to wait. Both are times of clock_us().
 */
void waker_wait(struct waker *w, uint64_t since_us, uint64_t until_us);

/* Waits for an event, at most wait_us and without the look interval: for waits of hours. */
void waker_watch(struct waker *w, uint64_t wait_us);

/* The last signal that arrived since the last call: SIGINT, SIGTERM, SIGQUIT; or 0. */
int waker_take_signal(void);

/* Whether waker_take_signal() has a signal to return. Does not take it. */
bool waker_signalled(void);

/* Whether SIGUSR1 arrived since the last call. It never hides one of the other signals. */
bool waker_take_hurry(void);

/* Closes the self-pipe. The signals stay caught: the last output and the exit code follow. */
void waker_close(struct waker *w);

#endif
