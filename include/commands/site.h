/*
 * Which nginx a command is about. Called by a unit, an init script or a hook it is the unit's own
 * nginx, or the one that its settings name, or the first binary in the usual places; an nginx that
 * runs from elsewhere is a stranger. At a shell it is the one that options and settings name, else
 * the only master of the caller's user (root, mostly) that runs from one of the usual places.
 *
 *	site_find -> site_open_world, or site.nginx -> ...
 */
#ifndef COMMANDS_SITE_H
#define COMMANDS_SITE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "commands/settings.h"
#include "core/problems.h"
#include "core/search.h"
#include "core/world.h"
#include "os/exit_code.h"
#include "trust/path.h"

struct site {
	char pid_path[PATH_MAX];
	char nginx[PATH_MAX];     /* the binary; "": none was found or named */
	struct believed believed; /* who may own and write its files: the caller, and TRUST_USER */
	bool is_service;          /* a unit, an init script or a hook has called */
	bool named;      /* an option, a setting or the unit names the nginx: then it may also be
			  * one of an ordinary user */
	bool only_nginx; /* the master must run from `nginx` */
	struct found_master stranger; /* an nginx that runs, and is not meant */
	size_t strangers;             /* how many there are */
	bool nobody;                  /* surely no process runs that might be meant */
	uint64_t patience_us;         /* how long to wait for one that is just starting */
};

/* Fills *ret. False: *problems says that no nginx, or more than one, may be meant. */
bool site_find(const struct settings *s, struct site *ret, struct problems *problems);

/*
 * Opens the world of the master that the pid file names; waits for one that is just starting.
 * False: *problems says what is there instead; EXIT_NOT_RUNNING: no master of that pid file runs,
 * whatever it names. Where the master belongs to an ordinary user, and root has called, this
 * process becomes that user (os/identity.h).
 */
bool site_open_world(const struct site *site, struct world *w, struct problems *problems);

enum site_look {
	SITE_UNKNOWN, /* *problems says why nothing could be seen */
	SITE_STOPPED, /* no nginx runs there */
	SITE_RUNS     /* the world is open */
};

/* site_find() and site_open_world() for a look without a session. The caller closes the world in
 * every case. */
enum site_look site_look(const struct settings *s, struct site *ret, struct world *w,
			 struct problems *problems);

/*
 * The pid file that the binary at this path would write, with the configuration that s names, or
 * with its own. The binary is executed only if nobody but the trusted users can change it. False:
 * the pid file is unknown, and *problems says why.
 */
bool site_pid_path_of(const struct settings *s, const struct believed *b, const char *nginx,
		      char ret[PATH_MAX], struct problems *problems);

/* The number in the pid file, which proves nothing about that process. 0: none. */
pid_t site_named_pid(const struct site *site);

/* The first nginx in the usual places. False: there is none. */
bool site_usual_binary(char ret[PATH_MAX]);

/* Prints each problem with its advice; returns the exit code of the first one; 0: there is none. */
int problems_say(const struct problems *problems);

/* Adds the problem "WHAT: who else could change it", with the command that corrects that. */
void problem_distrust(struct problems *problems, enum exit_code exit_code, const char *what,
		      const struct distrust *why);

#endif
