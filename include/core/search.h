/*
 * Looks through all processes for the nginx master that a pid file should name: only where it does
 * not name one, to tell the user what runs instead. Never the base of a signal.
 */
#ifndef CORE_SEARCH_H
#define CORE_SEARCH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SEARCH_MAX = 8 };

struct search {
	/* Inputs. */
	const char *pid_path; /* NULL: any */
	const char *binary;   /* of those that USR2 has execute this path; NULL: any */
	pid_t wanted;         /* a number found in the pid file, or 0 */

	pid_t masters[SEARCH_MAX];   /* those whose pid file this is, by their own configuration */
	size_t count;                /* of masters[] */
	char its_pid_path[PATH_MAX]; /* of the last of them */
	size_t others;               /* masters with another pid file */
	pid_t in_container; /* the master that has that number in its own pid namespace, or 0 */
};

/* The pid file of this master, by its own arguments, configuration file or build. False: unknown.
 */
bool search_pid_path(pid_t master, char ret[PATH_MAX]);

/* The inputs are set by the caller. 0 or -errno. Asks each master's binary for its configuration.
 */
int search_masters(struct search *s);

#endif
