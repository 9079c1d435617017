/*
 * Looks through all processes for nginx masters: only where a pid file does not lead to one, to
 * tell the user what runs instead. Never the base of a signal.
 */
#ifndef CORE_SEARCH_H
#define CORE_SEARCH_H

#include <stddef.h>
#include <sys/types.h>

enum { SEARCH_MAX = 8 };

struct search {
	pid_t masters[SEARCH_MAX]; /* in our pid namespace; not those started by USR2 */
	size_t count;              /* of masters[] */
	pid_t wanted;              /* input: a number found in a pid file, or 0 */
	pid_t in_container; /* the master that has that number in its own pid namespace, or 0 */
};

/* ret->wanted is set by the caller. 0 or -errno. */
int search_masters(struct search *ret);

#endif
