/*
 * Sends USR2 to a master, so that the new master opens some sockets afresh and does not inherit
 * them. nginx passes sockets to the new master by descriptor number, in an environment variable.
 * Right after its exec, before it has run, the new master is stopped by ptrace(2), and we remove
 * these numbers from the variable.
 *
 * A child of ours, the tracer, does this and nothing else. It traces the master from right before
 * USR2 until the exec of the new master, which takes milliseconds. When the tracer ends, for
 * whatever reason, and at the latest when its time is over, the kernel detaches all processes that
 * it traced. Then the rest is an ordinary USR2. No signal is lost. If we are killed, the tracer
 * goes on for the rest of its time.
 */
#ifndef TRUST_USR2_FRESH_H
#define TRUST_USR2_FRESH_H

#include <stddef.h>
#include <stdint.h>

#include "os/file_id.h"
#include "trust/subject.h"

/*
 * The usual timeout. Even a large nginx forks and executes within milliseconds; being traced for
 * longer only costs it a moment at each signal.
 */
#define USR2_FRESH_US 500000u

struct usr2_fresh {
	const struct subject *master;
	struct file_id wanted; /* the file that the new master executes; inode 0: any */
	const int *numbers;    /* the master's descriptors that the new master must not inherit;
				* may include some that nginx does not pass on */
	size_t count;
	uint64_t timeout_us;
};

struct usr2_freshened {
	/* 0: the new master inherits none of these. Else -errno: it inherits all of them. */
	int error;
	uint64_t took_us; /* for how long the master was traced */
	const char *step; /* what failed, as an infinitive: "trace the master"; "": nothing */
};

/*
 * 0: USR2 was sent, see ret->error. Any other result: nothing was sent. -ENOTSUP: one of the
 * descriptors is not a UDP socket that shares its address, so that no second socket could be opened
 * for the address; -EPERM: refused by Yama, SELinux or seccomp, or a capability is missing; -EBUSY:
 * another process traces the master; -ENOSYS: the kernel has no pidfd_getfd(2) (Linux 5.6);
 * -ESRCH: the master is not the same any more; or -errno of ret->step.
 */
int usr2_fresh(const struct usr2_fresh *ask, struct usr2_freshened *ret);

#endif
