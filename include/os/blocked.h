/* The system call that a process is blocked in, where that is an open() or a write(). */
#ifndef OS_BLOCKED_H
#define OS_BLOCKED_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether the process is blocked in open() of a named pipe. If so, ret is the path of the pipe, as
 * the process spells it. Reads /proc/PID/syscall (Linux 2.6.27) and /proc/PID/mem; also false where
 * these cannot be read.
 */
bool process_waits_for_pipe(pid_t pid, char ret[PATH_MAX]);

/*
 * Whether the process is blocked in write() or writev() to its descriptor fd. Reads
 * /proc/PID/syscall; also false where that cannot be read.
 */
bool process_waits_to_write(pid_t pid, int fd);

#endif
