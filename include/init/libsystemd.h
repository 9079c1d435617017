/*
 * What sd_pid_notify(3) and sd_notify_barrier(3) do, without waiting for a manager that does not
 * read, and without the library. That is opened at run time to learn one thing: it is as new as the
 * systemd that runs, and where it knows the barrier, the manager does. CentOS 6 has none.
 *
 *	libsystemd_open -> the calls ...          it stays open until the program ends
 */
#ifndef INIT_LIBSYSTEMD_H
#define INIT_LIBSYSTEMD_H

#include <stdint.h>
#include <sys/types.h>

struct libsystemd {
	/*
	 * To the address in NOTIFY_SOCKET, in the name of pid (0: in our own), which takes root. 1:
	 * sent, 0: no address, -EAGAIN: its queue is full, else -errno.
	 */
	int (*pid_notify)(pid_t pid, const char *state);

	/*
	 * Returns when the manager has read what was sent before it: 0; -ETIMEDOUT; -errno. NULL
	 * before 246, or where that cannot be told.
	 */
	int (*notify_barrier)(uint64_t timeout_us);
};

/* Never NULL. */
const struct libsystemd *libsystemd_open(void);

/* What stands in for it: pid_notify alone, which is no more than one datagram. */
const struct libsystemd *libsystemd_missing(void);

#endif
