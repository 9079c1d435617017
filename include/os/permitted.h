/*
 * Whether a system call would kill us. The system call filter of a unit or a container may kill a
 * process that makes a call which is not on its list (seccomp(2); systemd: SystemCallFilter=). What
 * runs in nginx's unit has the filter of that unit.
 */
#ifndef OS_PERMITTED_H
#define OS_PERMITTED_H

#include <stdbool.h>

/*
 * True: the call of that number can be made. Where there is a filter, a child tries the call with
 * invalid arguments, once for each number; false: the child was killed, or could not be started.
 * Only for calls that have no effect with invalid arguments.
 */
bool call_permitted(long number);

#endif
