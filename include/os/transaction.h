/*
 * Which run of a package manager has called us: the outermost of our ancestors that has the name of
 * one (dpkg, apt, rpm, dnf, ...), by pid and start time. It is the same for all scripts of one
 * transaction, and another one for the next transaction.
 *
 * Any process can have such a name. So this may decide whether a message was shown before, but
 * nothing that security depends on.
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

/* Looks at process pid and its ancestors. */
struct transaction transaction_of(pid_t pid);

bool transaction_same(const struct transaction *a, const struct transaction *b);

#endif
