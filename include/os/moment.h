/* A moment of the calendar, in seconds since 1970: as "2026-11-27T06:45:12Z" for arguments and
 * notes. */
#ifndef OS_MOMENT_H
#define OS_MOMENT_H

#include <stddef.h>
#include <stdint.h>

enum { MOMENT_SIZE = 24 };

/* Returns ret. */
const char *moment_text(uint64_t seconds, char ret[MOMENT_SIZE]);

/* 0 or -EINVAL. */
int moment_parse(const char *text, uint64_t *ret_seconds);

/* For people: "06:45:12", with the day in front where that is not today. Local time. Returns ret.
 */
const char *moment_shown(uint64_t seconds, uint64_t now, char *ret, size_t size);

/* Of this moment. */
uint64_t moment_now(void);

#endif
