/*
 * What `nginx -V` says of a build: its version, its TLS library, its configure arguments and the
 * paths compiled into it. Tengine, Angie, freenginx and OpenResty print the same shape.
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
	char *nginx_version; /* that of the nginx in it, which tells what it does: "1.18.0" */
	const struct flavour *flavour; /* never NULL */
	char *tls;        /* "OpenSSL 1.1.1k  25 Mar 2021 (running with ...)", or NULL */
	char **arguments; /* configure arguments, unquoted; NULL-terminated, never NULL */
	size_t argument_count;

	/*
	 * Compiled-in paths: what configure derives where an argument is missing. They are absolute
	 * but for a build with an empty --prefix=, which finds them from where it was started, and
	 * but for the error log that is "stderr".
	 */
	char *prefix;
	char *sbin_path;
	char *conf_path;
	char *pid_path;
	char *error_log_path;

	/* Compiled in as relative: -p moves it (nginx: ngx_get_full_name). */
	bool conf_relative;
	bool pid_relative;
};

/* What comes and goes between two builds. All strings belong to the two builds. */
enum build_change {
	BUILD_VERSION,
	BUILD_TLS,
	BUILD_ARGUMENT_GONE,
	BUILD_ARGUMENT_NEW,
	BUILD_ARGUMENT_CHANGED, /* NAME=VALUE with another value */
	BUILD_PATH
};

/*
 * `what` names the thing ("version", "--with-http_v2_module", "conf-path"); before or after is NULL
 * where there is none. The name of a changed argument lasts as long as the call.
 */
typedef void build_change_fn(void *arg, enum build_change kind, const char *what,
			     const char *before, const char *after);

/*
 * Parses what -V printed (on stderr). text need not end in NUL. 0; -EBADMSG: this is not what an
 * nginx prints; -E2BIG: over 64 KiB, or over 2048 arguments; -ENOMEM. *ret is written only on
 * success.
 */
int build_info_parse(const char *text, size_t length, struct build_info *ret);

/* Accepts a zeroed and a half-built one. */
void build_info_free(struct build_info *b);

/* Calls fn for each difference, arguments in the order of the builds; returns how many. */
size_t build_info_diff(const struct build_info *before, const struct build_info *after,
		       build_change_fn *fn, void *arg);

/*
 * The conf_path or pid_path that a master started with -p prefix uses (NULL: without -p).
 * -ENAMETOOLONG.
 */
int build_path_under(const struct build_info *b, const char *path, bool relative,
		     const char *prefix, char ret[PATH_MAX]);

/*
 * The pid file of a master: what its configuration names (directive, or NULL) under -p or the
 * compiled-in prefix, else the compiled-in one. May be relative to its working folder where -p is.
 */
int build_pid_file(const struct build_info *b, const char *prefix, const char *directive,
		   char ret[PATH_MAX]);

/* Compares dotted versions by number: <0, 0, >0. "1.9.12" is after "1.9.2". */
int version_compare(const char *a, const char *b);

#endif
