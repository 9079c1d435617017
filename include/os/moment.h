/* Points in time, in seconds since 1970, and their texts for machines and for people. */
#ifndef OS_MOMENT_H
#define OS_MOMENT_H

#include <stddef.h>
#include <stdint.h>

enum { MOMENT_SIZE = 24 };

/* For arguments and notes, in UTC: "2026-11-27T06:45:12Z". Returns ret. */
const char *moment_text(uint64_t seconds, char ret[MOMENT_SIZE]);

/* The inverse. 0 or -EINVAL. */
int moment_parse(const char *text, uint64_t *ret_seconds);

/*
 * For people, in local time: "06:45:12", or "2026-11-27 06:45:12" if that is another day than now.
 * Returns ret (size bytes).
 */
const char *moment_shown(uint64_t seconds, uint64_t now, char *ret, size_t size);

/* The current time. */
uint64_t moment_now(void);

#endif
