/*
 * Any number of timers on one timerfd. Open once with the most that can ever be armed; set and
 * cancel at will (a timer that is set again just moves); after every epoll_wait call timers_run,
 * before the next one timers_arm. The owner of a struct timer fills in fire and arg, starts with
 * slot 0, and cancels it before freeing it.
 */
#ifndef LOAD_TIMERS_H
#define LOAD_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct timer {
	uint64_t at_ns;
	size_t slot; /* place in the heap, 0 when not armed */
	void (*fire)(void *arg);
	void *arg;
};

struct timers {
	int fd;
	struct timer **heap; /* heap[1] is due first */
	size_t count;
	size_t room;
	uint64_t armed_ns;
};

int timers_open(struct timers *timers, size_t room);
void timers_close(struct timers *timers);
void timer_set(struct timers *timers, struct timer *timer, uint64_t at_ns);
void timer_cancel(struct timers *timers, struct timer *timer);
void timers_run(struct timers *timers, uint64_t now);
int timers_arm(struct timers *timers);

#endif
