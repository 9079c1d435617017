/* The one clock: monotonic, in microseconds, never 0. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>
#include <time.h>

uint64_t clock_us(void);

/* A span of time as ppoll() wants it. */
struct timespec clock_timespec(uint64_t us);

#endif
