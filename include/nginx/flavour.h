/*
 * The relatives of nginx: freenginx, OpenResty, Tengine, Angie. One table has everything that they
 * name in another way than nginx. All functions are pure.
 *
 * Sources: Angie 1.13.0 (ngx_update_process_title, ngx_exec_new_binary, auto/options), Tengine
 * 3.2.0 (ngx_show_version_info, auto/options), freenginx 1.27.0 and nginx (nginx.h).
 */
#ifndef NGINX_FLAVOUR_H
#define NGINX_FLAVOUR_H

#include <stdbool.h>
#include <stddef.h>

/* One product, from one version on. All strings are constant. */
struct flavour {
	const char *product;  /* as -V prints it: "nginx", "Angie", "Tengine", ... */
	const char *since;    /* the first version to which this applies; "": the first of all */
	const char *title;    /* process titles begin with it, a colon and a blank */
	const char *variable; /* the environment variable that hands over the sockets at USR2 */
	bool numbered;        /* titles may also be "master process v1.12.1 #1 [ARGUMENTS]" */

	/* configure's defaults. All but the prefix are relative to it. */
	const char *prefix;
	const char *sbin_path;
	const char *conf_path;
	const char *pid_path;
};

/* An unknown product is taken for nginx, as people rename nginx in its source. Never NULL. */
const struct flavour *flavour_of_product(const char *product, const char *version);

/* *ret_rest: what follows "nginx: " or the like. NULL: this is no title of any flavour. */
const struct flavour *flavour_of_title(const char *title, const char **ret_rest);

/* Whether a master of the flavour `after` takes over the sockets that one of `before` hands
 * over. */
bool flavour_inherits_from(const struct flavour *after, const struct flavour *before);

/* Whether an environment, as in /proc/PID/environ, has the variable of any flavour that hands over
 * sockets. */
bool flavour_is_handed_sockets(const char *environment, size_t length);

/* The paths where packages and "make install" put the binary: number 0 is the most usual one. NULL
 * behind the last one. */
const char *flavour_usual_place(size_t i);

/*
 * Whether a path, or the text of a link /proc/PID/exe, ends in a name that an nginx binary or a
 * backup of one usually has: "nginx", "/opt/a/sbin/angie", "nginx.old (deleted)", "nginx.1.18.0",
 * "nginx1.6". It proves nothing, since anybody can give a file such a name.
 */
bool flavour_is_executable_name(const char *path);

#endif
