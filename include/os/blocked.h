/* What a process waits for that does not come to its end. */
#ifndef OS_BLOCKED_H
#define OS_BLOCKED_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether it is about to open a named pipe that nobody writes to: then the path goes to ret, as the
 * process sees it. Read in /proc/PID/syscall (Linux 2.6.27) and /proc/PID/mem; false also where the
 * kernel or the process does not let us look.
 */
bool process_waits_for_pipe(pid_t pid, char ret[PATH_MAX]);

/* Whether it is in a write to that descriptor of its own, and waits for it; read likewise. */
bool process_waits_to_write(pid_t pid, int fd);

#endif
