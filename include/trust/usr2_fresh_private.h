/*
 * What the files of usr2_fresh() share, and what their tests need. Private to trust/usr2_fresh*.c:
 * usr2_fresh.c is the parent's side, usr2_fresh_trace.c the tracer, usr2_fresh_list.c edits the
 * list of inherited sockets.
 */
#ifndef TRUST_USR2_FRESH_PRIVATE_H
#define TRUST_USR2_FRESH_PRIVATE_H

#include <stddef.h>

#include "trust/usr2_fresh.h"

enum usr2_fresh_step {
	USR2_FRESH_DONE,
	USR2_FRESH_SEIZE,
	USR2_FRESH_EXEC,
	USR2_FRESH_LOOK,
	USR2_FRESH_LIST,
	USR2_FRESH_WRITE
};

/* What the tracer writes to its parent: first that it traces the master, then the result. */
struct usr2_fresh_word {
	int error; /* 0 or errno */
	int step;
};

const char *usr2_fresh_step_text(int step);

/* In the tracer: writes at most two words to the pipe `told`. When it returns, the tracer ends. */
void usr2_fresh_trace(const struct usr2_fresh *ask, int told);

/* The part of an environment that has changed. */
struct inherited_change {
	size_t offset;
	size_t length;
};

/*
 * Removes these numbers from the list of inherited sockets in an environment (strings, each ended
 * by a NUL). Numbers that are not in the list are ignored. The length of the list stays the same,
 * because nginx later writes its title over the environment and needs the room. 0; -ENOENT: none of
 * the numbers is in the list; -ENODATA: the list would become empty; -EBADMSG: there is no such
 * variable, or more than one, or it is not in nginx's format. Unless 0, nothing has changed.
 */
int inherited_without(char *environment, size_t size, const int *numbers, size_t count,
		      struct inherited_change *ret);

#endif
