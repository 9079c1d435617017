/*
 * The modules that go back with a build, around the handover (or the restart) to it:
 *
 *	modules_back_begin -> modules_back_to -> modules_back_place -> ... -> modules_back_end
 */
#ifndef COMMANDS_ROLLBACK_MODULES_H
#define COMMANDS_ROLLBACK_MODULES_H

#include "commands/session.h"
#include "nginx/sets.h"

/* Large: static storage. */
struct modules_back {
	struct builds builds;
	struct sets sets;
	const struct set *set; /* to which it goes; NULL: none is known */
	unsigned due;          /* so many modules do not stand as that set has them */
	const char *first;     /* one of them */
	struct swap swap;
};

void modules_back_begin(struct modules_back *m, const struct builds *b);

/* The set of the build that is gone to. */
void modules_back_to(struct modules_back *m, const struct digest *binary);

/*
 * Keeps what runs, and puts the modules in place; with dry_run it is only said. 0, or the exit code
 * with everything said and nothing changed.
 */
int modules_back_place(struct session *s, struct modules_back *m);

/*
 * r: the exit code of what came of it; ready: that build stands at the path, for a restart. Where
 * it does not serve, the modules are as before. Returns r.
 */
int modules_back_end(struct session *s, struct modules_back *m, int r, bool ready);

/*
 * Where what served right before was the same binary with other modules, the rollback is a handover
 * to that: true, with the exit code in *ret.
 */
bool modules_back_alone(struct session *s, const struct builds *b, const struct digest *running,
			int *ret);

#endif
