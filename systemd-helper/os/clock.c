/* The monotonic clock in microseconds. */
#include <time.h>

#include "os/clock.h"

uint64_t clock_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u + 1u;
}

struct timespec clock_timespec(uint64_t us)
{
	struct timespec ts = {.tv_sec = (time_t)(us / 1000000u)};

	ts.tv_nsec = (long)(us % 1000000u) * 1000;
	return ts;
}
