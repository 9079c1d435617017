/*
 * sd_pid_notify(3) and sd_notify_barrier(3), written again: the library's would wait for a manager
 * that does not read. The library is opened only to learn whether the running systemd knows the
 * barrier, since both are of one version. CentOS 6 has no libsystemd.
 *
 *	libsystemd_open -> the calls ...          it stays open until the program ends
 */
#ifndef INIT_LIBSYSTEMD_H
#define INIT_LIBSYSTEMD_H

#include <stdint.h>
#include <sys/types.h>

struct libsystemd {
	/*
	 * Sends state to the address in NOTIFY_SOCKET, in the name of pid, which takes root (0: in
	 * our own name). 1: sent; 0: no address; -EAGAIN: the manager's queue is full; else -errno.
	 */
	int (*pid_notify)(pid_t pid, const char *state);

	/*
	 * Waits until the manager has read everything that was sent before. 0; -ETIMEDOUT; or
	 * -errno. NULL: systemd is older than 246, or that is not known.
	 */
	int (*notify_barrier)(uint64_t timeout_us);
};

/* Never NULL. */
const struct libsystemd *libsystemd_open(void);

/* In place of libsystemd_open(): pid_notify alone, which is just one datagram. */
const struct libsystemd *libsystemd_missing(void);

#endif
