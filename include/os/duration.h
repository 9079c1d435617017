/*
 * Durations as people write them to systemd: "90", "90s", "5min", "1h 30min", "1.5s", "250ms",
 * "infinity" (systemd.time(7), "Parsing Time Spans"). A number without a unit means seconds.
 */
#ifndef OS_DURATION_H
#define OS_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define USEC_PER_MSEC     1000u
#define USEC_PER_SEC      1000000u
#define DURATION_INFINITY ((uint64_t)INT64_MAX / 4) /* so that a clock plus two of it fits */

/* 0; -EINVAL: not a duration; -ERANGE: DURATION_INFINITY or longer, but not "infinity". */
int duration_parse(const char *text, uint64_t *ret_us);

/* For people: "870 us", "2.4 ms", "1.20 s", "3min 20s". 32 bytes are enough. Returns buf. */
const char *duration_text(uint64_t us, char *buf, size_t size);

#endif
