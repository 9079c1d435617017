/*
 * The resource limits of a process. They are numbered as in the kernel (RLIMIT_NOFILE, ...), which
 * is also the order of the lines in /proc/PID/limits. getrlimit(2).
 */
#ifndef OS_LIMITS_H
#define OS_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { LIMITS_COUNT = 16, LIMIT_TEXT = 24 };

#define LIMIT_NONE UINT64_MAX /* unlimited */

struct limit {
	bool known;
	uint64_t soft;
	uint64_t hard;
};

struct limits {
	struct limit of[LIMITS_COUNT];
};

/* The limits of a process. Those that cannot be read have known == false. */
void limits_of(pid_t pid, struct limits *ret);

/*
 * Changes one limit of a process. 0 or -errno; -ENOSYS: Linux before 2.6.36 cannot change the
 * limits of another process; -EPERM: the process is another user's, or the hard limit is to be
 * raised, and CAP_SYS_RESOURCE is missing.
 */
int limits_set(pid_t pid, int resource, const struct limit *to);

/* "NOFILE", as in LimitNOFILE= and in prlimit(1). resource: less than LIMITS_COUNT. */
const char *limit_name(int resource);

/* "1024" or "unlimited". Returns ret. */
const char *limit_text(uint64_t value, char ret[LIMIT_TEXT]);

#endif
