/*
 * What a package's hook finds: the nginx that runs, what was replaced, the note of an earlier hook,
 * and, where no nginx runs, how the service was left. Nothing here prints, signals or changes
 * anything.
 *
 *	package_find -> package_look -> package_judge() of core/package.h
 */
#ifndef COMMANDS_PACKAGE_LOOK_H
#define COMMANDS_PACKAGE_LOOK_H

#include "commands/hold.h"
#include "commands/package_memory.h"
#include "commands/rollback.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "core/package.h"
#include "nginx/builds.h"
#include "nginx/sets.h"
#include "os/transaction.h"
#include "trust/path.h"

struct package_look {
	struct package_facts facts;
	char what[2 * PATH_MAX]; /* what was replaced, for people; "": nothing */
	const char *not_ours;    /* why this nginx must not be touched; NULL: it may be */
	pid_t drains;            /* an old master that still drains, or is held; or 0 */
	bool is_held;            /* it is held: */
	struct hold_seen held;
	struct package_note now;  /* the note to write when all is done */
	struct package_note note; /* the note that was found; boot "": none */
};

/*
 * s comes from package_find(). Its world is opened, where nginx runs, and stays open; where an old
 * master drains it is the world of the new one alone. Watches the workers for up to SETTLE where
 * nginx was started a moment ago, or serves nobody. With facts.unknown s->problems says why.
 */
void package_look(struct session *s, const struct transaction *t, struct package_look *ret);

/* Settings that package_find() has completed, and their strings. */
struct package_found {
	struct settings settings;
	char nginx[PATH_MAX];
	char pid_path[PATH_MAX];
};

/*
 * Finds which nginx is meant, as session_find(), but without a message. False: it is unknown. The
 * session keeps *found, which must live as long.
 */
bool package_find(struct session *s, const struct settings *settings, struct package_found *found);

/* Of package_look(), where no nginx runs. */
void package_look_down(struct session *s, struct package_down *ret);

/* The binary that runs or would be started; "": none. Returns ret. */
const char *package_binary(const struct session *s, char ret[PATH_MAX]);

/* The build that served last, if another one is installed now. */
struct package_former {
	struct builds builds;
	/* The last build of the record, which is no longer at the path. NULL: it is still there,
	 * so that the update has not replaced it; or it is not kept. An older build does not
	 * count. */
	const struct kept *build;
	const struct set *set; /* the modules of the build that served last; NULL: unknown */
	unsigned modules;      /* how many of these are kept, and not at their paths */

	/* What the pointers above point into. */
	struct way_back back;
	struct sets sets;
};

/* binary: of package_binary(). The caller frees it with free(). NULL: no memory, which was printed.
 */
struct package_former *package_find_former(const char *binary, const struct believed *b);

#endif
