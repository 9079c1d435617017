/*
 * Looks through all processes for masters. Of a process that says that it is one, the kernel's
 * facts decide whether it is looked at any further (trust/subject.h).
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
	char binary[PATH_MAX]; /* as it was started, or what it executes */
};

struct search {
	/* Inputs. */
	struct believed believed;    /* masters of believed.user are looked for */
	const char *pid_path;        /* those whose own configuration names this file; NULL: any */
	const char *const *binaries; /* those that run from one of these paths; NULL: any */
	pid_t wanted;                /* a number found in the pid file, or 0 */

	struct found_master masters[SEARCH_MAX];
	size_t count; /* of masters[]; the two of a handover count as one, the old one */
	struct found_master stranger; /* one of that user's that is not looked for */
	size_t strangers;
	size_t unknown;   /* that call themselves masters, and could not be looked at */
	pid_t distrusted; /* one of those that are looked for, whose executable others can change */
	struct distrust why;
	size_t of_users;    /* masters of other users */
	pid_t starting;     /* of that user's, an nginx that has no title yet; 0: none */
	pid_t in_container; /* the master that has that number in its own pid namespace, or 0 */
};

/*
 * The pid file of this master, by its own arguments, configuration file or build. False: unknown.
 * Asks its binary, as that master, for its build.
 */
bool search_pid_path(pid_t master, const struct believed *b, char ret[PATH_MAX]);

/* Whether this master runs with that configuration; NULL: with the one that is compiled into it. */
bool search_has_conf(pid_t master, const struct believed *b, const char *conf);

/* The configuration file of this master, whose build is b, as we reach it. 0 or -errno. */
int search_conf_path(const struct master *m, const struct build_info *b, char ret[PATH_MAX]);

/* The inputs are set by the caller. 0, or -errno: a look failed, and who was found is not all. */
int search_masters(struct search *s);

#endif
