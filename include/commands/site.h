/*
 * Which nginx this is about. Called by a unit, an init script or a hook it is the unit's own, or
 * what its settings name, or the first binary that exists in the usual places; what runs from
 * elsewhere is a stranger there. At a shell it is what the options and settings name, else the one
 * master of the caller's (root's, mostly) that runs from one of the usual places.
 *
 *	site_find -> site_open_world, or site.nginx -> ...
 */
#ifndef COMMANDS_SITE_H
#define COMMANDS_SITE_H

#include <limits.h>
#include <stdbool.h>

#include "commands/settings.h"
#include "core/observe.h"
#include "core/problems.h"
#include "core/search.h"

enum { EXIT_NOT_INSTALLED = 5, EXIT_NOT_RUNNING = 7 };

struct site {
	char pid_path[PATH_MAX];
	char nginx[PATH_MAX];     /* "": no binary was found or asked for */
	struct believed believed; /* the caller, and TRUST_USER */
	bool is_service;          /* a unit, an init script or a hook has called */
	bool named;               /* by option, setting or unit: then a user's master counts, too */
	bool only_nginx;          /* its master must run from `nginx` */
	struct found_master stranger; /* one that runs, and is not meant */
	size_t strangers;
	bool nobody; /* no process was found that may be meant, whatever a pid file would say */
	uint64_t patience_us; /* for one that starts in this moment */
};

/* May say as a problem that none, or that more than one, may be meant. */
bool site_find(const struct settings *s, struct site *ret, struct problems *problems);

/*
 * Opens the world behind the pid file, or says as a problem what is there instead: EXIT_NOT_RUNNING
 * where no master of that pid file runs, whatever it names. Waits for one that starts. If it is
 * that of an ordinary user and root called, this run becomes that user (os/identity.h).
 */
bool site_open_world(const struct site *site, struct world *w, struct problems *problems);

/*
 * The pid file that the binary at this path would write, by the configuration that s names, or by
 * its own. It is executed only where nobody but the believed can change it. False: it is not known.
 */
bool site_pid_path_of(const struct settings *s, const struct believed *b, const char *nginx,
		      char ret[PATH_MAX]);

/* The number in its pid file, whoever it is: where to look, not what to believe. 0: none. */
pid_t site_named_pid(const struct site *site);

/* The first nginx in the usual places. */
bool site_usual_binary(char ret[PATH_MAX]);

/* Says each problem with its advice; returns the exit code of the first. */
int problems_say(const struct problems *problems);

/* "What PATH is: why, and who could change it", with the command that mends it. */
void problem_distrust(struct problems *problems, int exit_code, const char *what,
		      const struct distrust *why);

#endif
