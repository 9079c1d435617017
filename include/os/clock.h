/* The clocks, in microseconds. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* The one that all waiting and measuring goes by: monotonic, never 0. */
uint64_t clock_us(void);

/*
 * Since boot, with the time asleep, as start times of processes count. Before Linux 2.6.39 without
 * the time asleep, since nobody tells it.
 */
uint64_t clock_since_boot_us(void);

/* How long ago a process began to run, by its start in ticks since boot. */
uint64_t clock_age_us(uint64_t start_ticks);

/* A span of time as ppoll() wants it. */
struct timespec clock_timespec(uint64_t us);

#endif
