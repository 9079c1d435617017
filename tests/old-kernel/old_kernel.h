/* The parts of old-kernel, a wrapper that makes a new kernel answer as an old one; see main.c. */
#ifndef OLD_KERNEL_H
#define OLD_KERNEL_H

#include <stdbool.h>

/* What can be refused, as bits. */
enum refusal {
	REFUSE_PIDFD = 1,
	REFUSE_INOTIFY = 2,
	REFUSE_SIGNALFD = 4,
	REFUSE_CHILDREN = 8,
	REFUSE_NEW = 16
};

#define REFUSE_ALL (REFUSE_PIDFD | REFUSE_INOTIFY | REFUSE_SIGNALFD | REFUSE_CHILDREN | REFUSE_NEW)

/*
 * Puts the filter on this process, and so on all that it becomes and starts. ret_listener is where
 * the calls ask that a filter cannot judge by itself, for it sees no paths; -1 when there are none.
 * Ends the process when it cannot be done.
 */
void filter_install(unsigned refused, int *ret_listener);

/*
 * Starts the process that answers for what is below /proc: a grandchild in a session of its own,
 * that has none of our descriptors and ends with the last process under the filter. To be called
 * before the filter is installed. The listener is then sent to the descriptor that it returns.
 */
int hidden_start(unsigned refused);
void hidden_send(int channel, int listener);

/* Tries each call that is refused, and that nothing else is. Returns the exit code. */
int prove(unsigned refused);

#endif
