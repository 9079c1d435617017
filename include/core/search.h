/*
 * Searches all processes for masters. A process that claims to be one is looked at further only if
 * the kernel's facts permit it (trust/subject.h).
 */
#ifndef CORE_SEARCH_H
#define CORE_SEARCH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "nginx/build_info.h"
#include "nginx/master.h"
#include "trust/path.h"

enum { SEARCH_MAX = 8 };

struct found_master {
	pid_t pid;
	char binary[PATH_MAX]; /* the path it was started with, or the file it executes */
};

struct search {
	/* Inputs. */
	struct believed believed; /* find masters of believed.user */
	const char *pid_path;     /* find masters whose configuration names this file; NULL: any */
	const char *const
		*binaries; /* find masters that were started from one of these paths; NULL: any */
	pid_t wanted;      /* a pid that was found in the pid file, or 0 */

	struct found_master masters[SEARCH_MAX];
	size_t count;                 /* of masters[]; of the two in a handover only the old one */
	struct found_master stranger; /* a master of that user that is not the one to find */
	size_t strangers;
	size_t unknown;   /* processes with the title of a master that could not be looked at */
	pid_t distrusted; /* a master to find whose executable others can change; 0: none */
	struct distrust why;
	size_t of_users;    /* masters of other users */
	pid_t starting;     /* an nginx of that user without a title yet; 0: none */
	pid_t in_container; /* a master that has the pid `wanted` in its own pid namespace, or 0 */

	struct master looked_at; /* while the search goes on */
};

/*
 * Finds the pid file of this master from its arguments, configuration file or build, which takes
 * executing its binary, as that master. False: not known.
 */
bool search_pid_path(pid_t master, const struct believed *b, char ret[PATH_MAX]);

/* Whether this master runs with that configuration file; NULL: with the compiled-in one. */
bool search_has_conf(pid_t master, const struct believed *b, const char *conf);

/* The configuration file of this master, as we reach it. b: its build. 0 or -errno. */
int search_conf_path(const struct master *m, const struct build_info *b, char ret[PATH_MAX]);

/*
 * Searches; the caller has set the inputs. 0, or -errno: a look failed, and the result is
 * incomplete.
 */
int search_masters(struct search *s);

#endif
