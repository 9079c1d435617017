/* How users, times and sizes are written. */
#ifndef COMMANDS_WORDS_H
#define COMMANDS_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* All of them return ret. */

/* "root", or "uid 1000" if that user has no account. */
const char *words_of_user(uint64_t uid, char *ret, size_t size);

/* "2026-11-27 06:45:12" in local time, or "unknown". seconds: since 1970. */
const char *words_of_time(uint64_t seconds, char *ret, size_t size);

/* "1.2 MB" */
const char *words_of_size(uint64_t bytes, char *ret, size_t size);

#endif
