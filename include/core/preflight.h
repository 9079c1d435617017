/*
 * Everything that must be true before the first signal. Nothing here signals, and nothing is
 *changed (the configuration test apart, which nginx itself runs, and whose traces are removed).
 *
 *	preflight zeroed, inputs set -> preflight -> problems, results -> preflight_free
 */
#ifndef CORE_PREFLIGHT_H
#define CORE_PREFLIGHT_H

#include <limits.h>
#include <stdbool.h>

#include "core/observe.h"
#include "core/problems.h"
#include "nginx/ask_nginx.h"

struct preflight {
	/* Inputs. */
	struct world *world;    /* opened; target and new_pid_path are filled in */
	const char *new_binary; /* to be installed, as we see it; NULL: what stands at the target */
	const char *nginx;      /* the path that the user says nginx has; NULL: not said */
	int wake_fd;            /* readable: give up */

	/* Results. */
	struct problems problems;
	bool interrupted;
	bool have_old_build;
	bool have_new_build;
	bool one_build; /* old_build is new_build: they are the same file */
	struct build_info old_build;
	struct build_info new_build;
	char image_path[PATH_MAX]; /* of what the master executes, reachable even if deleted */
};

enum { EXIT_REFUSED = 154, EXIT_CONFIG = 6, EXIT_NOT_PRIVILEGED = 4 };

/* Whether there are no problems. */
bool preflight(struct preflight *p);

void preflight_free(struct preflight *p);

/* Parts of it, each adding its problems. */
void preflight_master(struct preflight *p);
void preflight_target(struct preflight *p);
void preflight_builds(struct preflight *p);
void preflight_resources(struct preflight *p);

#endif
