/*
 * A binary heap in front of one timerfd. The heap never grows: its room is the limit on
 * connections and a few more, so that setting a timer cannot fail.
 */
#define _GNU_SOURCE
#include "timers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

int timers_open(struct timers *timers, size_t room)
{
	struct timer **heap;
	int fd;

	heap = calloc(room + 1, sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd < 0) {
		free(heap);
		return -errno;
	}
	timers->fd = fd;
	timers->heap = heap;
	timers->count = 0;
	timers->room = room;
	timers->armed_ns = 0;
	return 0;
}

void timers_close(struct timers *timers)
{
	if (timers->fd >= 0)
		close(timers->fd);
	timers->fd = -1;
	free(timers->heap);
	timers->heap = NULL;
}

static void put(struct timers *timers, size_t slot, struct timer *timer)
{
	timers->heap[slot] = timer;
	timer->slot = slot;
}

static void sift(struct timers *timers, size_t slot, struct timer *timer)
{
	size_t child;

	while (slot > 1 && timers->heap[slot / 2]->at_ns > timer->at_ns) {
		put(timers, slot, timers->heap[slot / 2]);
		slot /= 2;
	}
	while ((child = slot * 2) <= timers->count) {
		if (child < timers->count &&
		    timers->heap[child + 1]->at_ns < timers->heap[child]->at_ns)
			child++;
		if (timers->heap[child]->at_ns >= timer->at_ns)
			break;
		put(timers, slot, timers->heap[child]);
		slot = child;
	}
	put(timers, slot, timer);
}

void timer_set(struct timers *timers, struct timer *timer, uint64_t at_ns)
{
	timer->at_ns = at_ns;
	if (!timer->slot) {
		assert(timers->count < timers->room);
		timer->slot = ++timers->count;
		timers->heap[timer->slot] = timer;
	}
	sift(timers, timer->slot, timer);
}

void timer_cancel(struct timers *timers, struct timer *timer)
{
	size_t slot = timer->slot;
	struct timer *last;

	if (!slot)
		return;
	timer->slot = 0;
	last = timers->heap[timers->count--];
	if (last != timer)
		sift(timers, slot, last);
}

/* A timer that is set anew while it fires is due after `now` and waits for the next round. */
void timers_run(struct timers *timers, uint64_t now)
{
	if (timers->armed_ns <= now)
		timers->armed_ns = 0; /* it has gone off */
	while (timers->count && timers->heap[1]->at_ns <= now) {
		struct timer *timer = timers->heap[1];

		timer_cancel(timers, timer);
		timer->fire(timer->arg);
	}
}

int timers_arm(struct timers *timers)
{
	struct itimerspec spec = {{0, 0}, {0, 0}};
	uint64_t at_ns = timers->count ? timers->heap[1]->at_ns : 0;

	if (at_ns == timers->armed_ns)
		return 0;
	spec.it_value.tv_sec = (time_t)(at_ns / 1000000000);
	spec.it_value.tv_nsec = (long)(at_ns % 1000000000);
	if (timerfd_settime(timers->fd, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
		return -errno;
	timers->armed_ns = at_ns;
	return 0;
}
