/* The clocks in microseconds. */
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"

/* Not in the headers of glibc 2.12. */
#ifndef CLOCK_BOOTTIME
#define CLOCK_BOOTTIME 7
#endif

uint64_t clock_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u + 1u;
}

uint64_t clock_since_boot_us(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_BOOTTIME, &ts) < 0)
		(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

uint64_t clock_age_us(uint64_t start_ticks)
{
	long a_second = sysconf(_SC_CLK_TCK);
	uint64_t now_us = clock_since_boot_us();
	uint64_t started_us;

	if (a_second <= 0)
		return 0;
	started_us = start_ticks * (1000000u / (uint64_t)a_second);
	/* It can be later than now, where the clock does not count the time in suspend. */
	return now_us > started_us ? now_us - started_us : 0;
}

struct timespec clock_timespec(uint64_t us)
{
	struct timespec ts = {.tv_sec = (time_t)(us / 1000000u)};

	ts.tv_nsec = (long)(us % 1000000u) * 1000;
	return ts;
}
