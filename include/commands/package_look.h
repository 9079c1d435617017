/*
 * What the hook of a package finds: nginx as it stands, what was replaced, what was noted by an
 * earlier hook, and how the service was left where none runs. Nothing is said, signalled or
 * changed.
 */
#ifndef COMMANDS_PACKAGE_LOOK_H
#define COMMANDS_PACKAGE_LOOK_H

#include "commands/hold.h"
#include "commands/package_memory.h"
#include "commands/rollback.h"
#include "core/package.h"
#include "nginx/sets.h"

struct package_look {
	struct package_facts facts;
	char what[2 * PATH_MAX]; /* was replaced, for people; "": nothing */
	const char *not_ours;    /* why it is not to be touched; NULL: it may be */
	pid_t drains;            /* the old master that does, or is held; or 0 */
	bool is_held;            /* it is */
	struct hold_seen held;
	struct package_note now;  /* to be written with what comes of it */
	struct package_note note; /* that was found; boot "": none */
	struct problems problems; /* with facts.unknown */
};

/*
 * s was found (session_find()); its world is opened, where there is one, and stays open, as the one
 * generation that serves where another drains. Takes up to SETTLE where nginx was started a moment
 * ago, or serves nobody: then its workers are watched.
 */
void package_look(struct session *s, const struct transaction *t, struct package_look *ret);

/*
 * Finds which nginx it is about, as session_find() and without a word. False: none that can be
 * told. *copy is for settings that had to be found out; it must live as long as the session.
 */
bool package_find(struct session *s, const struct settings *settings, struct settings *copy);

/* Of package_look(), where no nginx runs; and the binary that would be started. */
void package_look_down(struct session *s, struct package_down *ret);
const char *package_binary(const struct session *s);

/*
 * What served last, where something else is installed by now.
 *
 * It counts that the record's last build is not what stands at the path, else it was not the update
 * that matters; and that this very build is kept, not only an older one.
 */
struct package_former {
	struct builds builds;
	const struct kept *build; /* NULL: none is kept, or it stands there */
	const struct set *set;    /* the modules of what served last; NULL: not known */
	unsigned modules;         /* of these, so many stand otherwise, and are kept */
};

/* binary: see package_binary(). *ret points into storage of its own, until the next call. */
void package_find_former(const char *binary, const struct believed *b, struct package_former *ret);

#endif
