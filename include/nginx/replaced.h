/*
 * Finds the files that a running master executes or maps and that were replaced since: another
 * file, or none, is at their path now. Modules of nginx are reported apart from other libraries,
 * since they come with the nginx that they were built for, and libraries with the system.
 */
#ifndef NGINX_REPLACED_H
#define NGINX_REPLACED_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "nginx/mapped.h"
#include "nginx/master.h"

struct replaced_files {
	unsigned count;       /* replaced or deleted */
	char first[PATH_MAX]; /* the first one; "": none */
};

struct replaced {
	bool binary;    /* a file with other content is at its path, or none */
	bool once_more; /* another file with the same content is at its path; no upgrade is due */
	struct replaced_files modules;
	struct replaced_files libraries;
};

enum replaced_kind { REPLACED_BINARY, REPLACED_MODULE, REPLACED_LIBRARY };

/* One of these files. */
struct replaced_file {
	enum replaced_kind kind;
	const char *path;            /* as the master sees it */
	const struct mapped *mapped; /* NULL: the binary */
};

/*
 * Calls fn for each replaced file, the binary first, until fn returns other than 0, which is then
 * returned. target: see replaced_look(). *ret_once_more: as in struct replaced. 0, or -errno: the
 * maps cannot be read.
 */
typedef int replaced_fn(const struct replaced_file *f, void *arg);
int replaced_each(const struct master *m, const char *target, replaced_fn *fn, void *arg,
		  bool *ret_once_more);

/* Whether there is no file at its path any more. */
bool replaced_is_gone(const struct master *m, const struct replaced_file *f);

/*
 * When it was replaced. If the running file has no name any more, it is the time when it lost its
 * last one, else when the file at its path came there. Both are the ctime of an inode. 0: it cannot
 * be found out.
 */
time_t replaced_since(const struct master *m, const struct replaced_file *f);

/*
 * Finds what was replaced. target: the binary's path as seen from our root; NULL: it is not known,
 * and the binary is not compared. 0, or -errno: the maps cannot be read, and only ret->binary and
 * ret->once_more are known.
 */
int replaced_look(const struct master *m, const char *target, struct replaced *ret);

/* Whether the path of a shared object is a module's, by the names that nginx and its packages use.
 * Pure. */
bool replaced_is_module(const char *path);

/* What was replaced, for people, in one line; "": nothing. */
void replaced_text(const struct replaced *r, const char *target, char *ret, size_t size);

/*
 * Whether anything was replaced, so that an upgrade is due: replaced_look() with the binary that
 * USR2 would execute, and replaced_text(). What cannot be read does not count.
 */
bool replaced_find(const struct master *m, struct replaced *ret, char *ret_what, size_t size);

#endif
