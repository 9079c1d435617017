/*
 * Which run of a package manager has called us: of our ancestors the outermost that is called as
 * one (dpkg, apt, rpm, dnf, ...), by pid and start time. All scripts of one transaction have the
 * same, and the next transaction has another.
 *
 * A name can be had by anybody: it is good for "told already", and for nothing that is to be safe.
 */
#ifndef OS_TRANSACTION_H
#define OS_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct transaction {
	pid_t pid; /* 0: no package manager has called us */
	uint64_t start_ticks;
};

/* pid: from whom on upwards. */
struct transaction transaction_of(pid_t pid);

bool transaction_same(const struct transaction *a, const struct transaction *b);

#endif
