/*
 * What `nginx -V` says of a build: its version, its TLS library, its configure arguments and the
 * paths compiled into it. Tengine, Angie, freenginx and OpenResty print it in the same form.
 *
 *	build_info_parse -> read the fields -> build_info_free
 */
#ifndef NGINX_BUILD_INFO_H
#define NGINX_BUILD_INFO_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "nginx/flavour.h"

struct build_info {
	char *product; /* "nginx", "openresty", "Tengine", ... */
	char *version; /* the product's own; only [0-9A-Za-z._+-]: it becomes part of file names */
	char *nginx_version;           /* of the nginx that it is based on: "1.18.0" */
	const struct flavour *flavour; /* never NULL */
	char *tls;        /* "OpenSSL 1.1.1k  25 Mar 2021 (running with ...)", or NULL */
	char **arguments; /* configure arguments, unquoted; NULL-terminated, never NULL */
	size_t argument_count;

	/*
	 * Compiled-in paths, with configure's defaults where an argument is missing. They are
	 * absolute, with two exceptions: a build with an empty --prefix= has paths relative to the
	 * folder where it is started, and the error log may be "stderr".
	 */
	char *prefix;
	char *sbin_path;
	char *conf_path;
	char *pid_path;
	char *error_log_path;

	/* It was compiled in as a relative path, so -p changes it (nginx: ngx_get_full_name). */
	bool conf_relative;
	bool pid_relative;
};

/* Kinds of differences between two builds. */
enum build_change {
	BUILD_VERSION,
	BUILD_TLS,
	BUILD_ARGUMENT_GONE,
	BUILD_ARGUMENT_NEW,
	BUILD_ARGUMENT_CHANGED, /* NAME=VALUE with another value */
	BUILD_PATH
};

/*
 * Called for one difference. `what` is its name ("version", "--with-http_v2_module", "conf-path").
 * before or after is NULL where that build has nothing of the kind. The strings belong to the two
 * builds, but `what` of a changed argument is valid during the call only.
 */
typedef void build_change_fn(void *arg, enum build_change kind, const char *what,
			     const char *before, const char *after);

/*
 * Parses what -V printed (on stderr). text need not end in NUL. 0; -EBADMSG: no nginx prints such a
 * text; -E2BIG: over 64 KiB, or over 2048 arguments; -ENOMEM. *ret is written on success only, and
 * is then the caller's to free.
 */
int build_info_parse(const char *text, size_t length, struct build_info *ret);

/* May be called on a zeroed one. */
void build_info_free(struct build_info *b);

/* Whether both arguments are the same option, with whatever values: "--prefix=/a",
 * "--prefix=/b". */
bool build_same_option(const char *a, const char *b);

/* Calls fn for each difference; arguments come in the order in which the builds have them. Returns
 * the number of differences. */
size_t build_info_diff(const struct build_info *before, const struct build_info *after,
		       build_change_fn *fn, void *arg);

/*
 * The path that a master uses which was started with -p prefix (NULL: without -p). path and
 * relative: conf_path and conf_relative, or those of the pid file. 0 or -ENAMETOOLONG.
 */
int build_path_under(const struct build_info *b, const char *path, bool relative,
		     const char *prefix, char ret[PATH_MAX]);

/*
 * The pid file of a master that was started with -p prefix (NULL: without -p). directive: the path
 * that its configuration names; NULL: none, then it is the compiled-in one. If -p is relative, so
 * is the result: to the master's working folder. 0 or -ENAMETOOLONG.
 */
int build_pid_file(const struct build_info *b, const char *prefix, const char *directive,
		   char ret[PATH_MAX]);

/* Compares dotted versions by number: <0, 0, >0. "1.9.12" is after "1.9.2". */
int version_compare(const char *a, const char *b);

#endif
