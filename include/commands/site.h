/*
 * Which nginx this is about: the pid file first of all, and the binary where one is needed before
 * anything runs.
 *
 *	site_find -> site_open_world or site.nginx -> ...
 */
#ifndef COMMANDS_SITE_H
#define COMMANDS_SITE_H

#include <limits.h>
#include <stdbool.h>

#include "commands/settings.h"
#include "core/observe.h"
#include "core/problems.h"

enum { EXIT_NOT_INSTALLED = 5, EXIT_NOT_RUNNING = 7 };

struct site {
	char pid_path[PATH_MAX];
	char nginx[PATH_MAX]; /* "": no binary was found or asked for */
};

/*
 * From --pid-file; else from the nginx that is found (--nginx, or the usual places): the pid file
 * that its configuration names, else the compiled-in one; else of the one nginx
 * that runs. Where several run, and nothing says which
 * is meant, that is a problem.
 */
bool site_find(const struct settings *s, struct site *ret, struct problems *problems);

/*
 * Opens the world behind the pid file, or says as a problem what is there instead: EXIT_NOT_RUNNING
 * where no master of that pid file runs, whatever it names.
 */
bool site_open_world(const struct site *site, struct world *w, struct problems *problems);

/* The first nginx in the usual places. */
bool site_usual_binary(char ret[PATH_MAX]);

/* Says each problem with its advice; returns the exit code of the first. */
int problems_say(const struct problems *problems);

#endif
