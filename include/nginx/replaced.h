/*
 * What a running master executes or maps, and that is no longer what stands at its path. nginx's
 * own modules and all other libraries are told apart: the first come with the nginx that they were
 * built for, the second with the system.
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
	char first[PATH_MAX]; /* one of them */
};

struct replaced {
	bool binary;    /* what stands at its path is a file of other bytes, or there is none */
	bool once_more; /* another file with the bytes that run: nothing is due by that */
	struct replaced_files modules;
	struct replaced_files libraries;
};

enum replaced_kind { REPLACED_BINARY, REPLACED_MODULE, REPLACED_LIBRARY };

/* One of those files. */
struct replaced_file {
	enum replaced_kind kind;
	const char *path;            /* as the master sees it */
	const struct mapped *mapped; /* NULL: the binary */
};

/*
 * Tells each of them, the binary first, until fn returns other than 0, which is then returned.
 * target as below; *ret_once_more as in struct replaced. -errno: the maps cannot be read.
 */
typedef int replaced_fn(const struct replaced_file *f, void *arg);
int replaced_each(const struct master *m, const char *target, replaced_fn *fn, void *arg,
		  bool *ret_once_more);

/* Whether no file stands at its path any more. */
bool replaced_is_gone(const struct master *m, const struct replaced_file *f);

/*
 * When that was done: the file that runs lost its last name then, or the one that stands at its
 * path came there; both are the last change of an inode. 0: it cannot be told.
 */
time_t replaced_since(const struct master *m, const struct replaced_file *f);

/*
 * target is the binary's path as we reach it; NULL: not known, not compared. 0, or -errno when the
 * maps cannot be read: then only ret->binary was found out.
 */
int replaced_look(const struct master *m, const char *target, struct replaced *ret);

/* Whether a shared object is a module of nginx, by the names that nginx and its packages use. Pure.
 */
bool replaced_is_module(const char *path);

/* What was replaced, for people, in one line; "" when nothing was. */
void replaced_text(const struct replaced *r, const char *target, char *ret, size_t size);

/* Both, with the binary that USR2 would execute. */
void replaced_find(const struct master *m, struct replaced *ret, char *ret_what, size_t size);

/* Whether anything was replaced. Why, in ret_why. */
bool upgrade_due(const struct master *m, const char *target, char *ret_why, size_t size);

#endif
