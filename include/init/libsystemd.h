/*
 * libsystemd, opened at run time: CentOS 6 has none, and the file may be broken. Declared here
 * rather than by its headers, which on CentOS 7 lack the barrier and on CentOS 6 do not exist; the
 * calls are a stable interface (sd_notify(3), sd_notify_barrier(3), sd_journal_sendv(3)).
 *
 *	libsystemd_open -> the calls ...          it stays open until the program ends
 */
#ifndef INIT_LIBSYSTEMD_H
#define INIT_LIBSYSTEMD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct libsystemd {
	/* In the name of pid (0: in our own). >0: sent, 0: no socket to send to, <0: -errno. From
	 * 214 on. */
	int (*pid_notify)(pid_t pid, int unset_environment, const char *state);

	/* Returns when the manager has read what was sent before it. NULL before 246. */
	int (*notify_barrier)(int unset_environment, uint64_t timeout_us);

	/* NULL: only the library has it. */
	int (*journal_sendv)(const struct iovec *iov, int n);
};

/* NULL, with the reason in ret_why: it is not there, or not usable. */
const struct libsystemd *libsystemd_open(char *ret_why, unsigned size);

/* What stands in for it: pid_notify alone, which is no more than one datagram. */
const struct libsystemd *libsystemd_missing(void);

#endif
