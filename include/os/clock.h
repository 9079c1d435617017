/* The one clock: monotonic, in microseconds, never 0. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

uint64_t clock_us(void);

#endif
