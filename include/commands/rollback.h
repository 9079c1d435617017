/* What the files of rollback share, and what other commands need of it. */
#ifndef COMMANDS_ROLLBACK_H
#define COMMANDS_ROLLBACK_H

#include <stddef.h>

#include "commands/history.h"
#include "commands/restart.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "nginx/builds.h"
#include "nginx/served.h"
#include "os/sha256.h"

/*
 * A handover is under way and will be undone. Prepares the run so that its undo also puts the
 * running binary back at its path, by the file or by the link that leads there, and keeps what
 * stands there now. What cannot be put back is left as it is, and printed.
 */
void rollback_prepare_path(struct session *s);

/*
 * What a rollback needs when its session has ended: above all the restart that it makes in place of
 * a handover. Zeroed before rollback_alone(); it must live until that session has ended.
 */
struct rollback_plan {
	struct settings upgrade; /* those of the handover; the session has them from then on */
	char path[PATH_MAX];     /* the build that they name */
	struct restart_plan restart;
	char version[65]; /* of the build that is started */
	struct history_restart history;
	bool ready; /* that build stands at its path and was tested: only the restart is left */
};

/*
 * A rollback while no handover is under way: puts the running master's files back, or hands over to
 * the build that served before. Returns the exit code. With plan->ready it is 0, and the caller
 * ends the session and calls rollback_restart_now().
 */
int rollback_alone(struct session *s, struct rollback_plan *plan);

/* Which build a rollback goes to, and what it was chosen from. Large: it is to be allocated. */
struct way_back {
	struct builds builds;
	struct served served;
	struct kept_list kept;
	struct digest running; /* of the build that runs */
	char running_version[65];
	const struct kept *to; /* the build to go to, in `kept`; NULL: none */
	int line;              /* its line of the record; -1: it is not recorded */
	bool forward; /* no earlier build is kept, so it is a later one, which a rollback has left
		       */
	size_t passed[SERVED_MAX]; /* lines of nearer builds of which no file is kept */
	size_t passed_count;
	bool unsure; /* there is no record, and more than one build to choose from */
};

/*
 * Fills *ret. running: a descriptor of the running image, to which the builds belong. 0, or -errno:
 * that image cannot be read.
 */
int way_back_find(const struct builds *b, int running, struct way_back *ret);

/* The same where the digest of the running build is known. */
void way_back_read(const struct builds *b, const struct digest *running, struct way_back *ret);

/*
 * Sets w->to to the build that is called `what`: a version, or the name or the path of a file.
 * Returns how many different builds have that name.
 */
size_t way_back_named(struct way_back *w, const char *what);

/*
 * The kept builds, but for the running one: "1.18.0 (/usr/sbin/nginx.1.18.0), ...". what: only
 * those with this name; NULL: all. Returns ret.
 */
const char *way_back_list(const struct way_back *w, const char *what, char *ret, size_t size);

/*
 * The handover to w->to was refused because of the running master. Tests whether a restart with
 * that build would work. If the user has asked for a restart it is prepared (plan->ready), else it
 * is advised. Returns the exit code.
 */
int rollback_by_restart(struct session *s, const struct way_back *w, struct rollback_plan *plan);

/*
 * Makes the restart that plan->ready has announced. No session may be open. Returns the exit code
 * after it has printed everything.
 */
int rollback_restart_now(struct rollback_plan *plan);

/* Whether a file written to the binary's path would land in the folder of one version, through the
 * link in ret_link. */
bool rollback_leads_into_version(const struct builds *b, char ret_link[PATH_MAX]);

/* Whether the file is a script, which a rollback does not replace. */
bool rollback_is_script(const char *path);

#endif
