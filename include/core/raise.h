/*
 * Limits that the service has got since its nginx was started. The next generation inherits them
 * from the master: the master's own limits are raised right before it forks (at USR2 the new
 * master, at HUP new workers). Running workers keep theirs. nginx's own worker_rlimit_nofile is set
 * after that, in the worker itself.
 *
 * Nothing is lowered except what was raised here: somebody may have raised a limit by hand in an
 * emergency, and not everybody could raise a hard limit again.
 *
 *	raise_plan -> raise_apply -> raise_undo
 */
#ifndef CORE_RAISE_H
#define CORE_RAISE_H

#include <signal.h>
#include <stddef.h>

#include "init/limits.h"
#include "os/limits.h"
#include "trust/subject.h"

struct raise_change {
	int resource;
	struct limit before;
	struct limit after; /* equal to `before`: that is more than is wanted */
	struct limit wanted;
	int error; /* of raise_apply(): 0, or -errno, and then `after` is what was possible */
};

struct raise {
	size_t count; /* 0: no limit differs */
	struct raise_change list[LIMITS_COUNT];
	char source[256]; /* source and edit as in struct init_limits */
	char edit[288];
	bool applied;
	int undo_error; /* the first error of raise_undo() */
};

/*
 * Compares the limits that the master has with the wanted ones. A wanted limit that is only lower
 * is listed where wanted->exact. Pure.
 */
void raise_plan(const struct limits *has, const struct init_limits *wanted, struct raise *ret);

/* Whether this change raises something. */
bool raise_is_more(const struct raise_change *c);

/* How many changes raise something. */
size_t raise_count(const struct raise *r);

/*
 * The limits that the master will have, of those that are raised; for a test of the configuration.
 */
void raise_next(const struct raise *r, struct limits *ret);

/*
 * Raises the limits of the master, once. Where a hard limit may not be raised only the soft one is,
 * up to the hard one. A failure does not fail the run. Returns whether anything was tried.
 */
bool raise_apply(struct raise *r, const struct subject *master);

/* Puts the limits back. Returns whether there was anything to undo. */
bool raise_undo(struct raise *r, const struct subject *master);

#endif
