/* The clocks, in microseconds. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* The monotonic clock, for all waiting and measuring. Never 0, so that 0 can mean "not set". */
uint64_t clock_us(void);

/*
 * The time since boot, including suspend, as the start times of processes are counted. Linux before
 * 2.6.39 does not tell the time in suspend: there it is not included.
 */
uint64_t clock_since_boot_us(void);

/* How long ago a process was started. start_ticks: as in struct proc_stat. */
uint64_t clock_age_us(uint64_t start_ticks);

/* A duration in the form for ppoll(). */
struct timespec clock_timespec(uint64_t us);

#endif
