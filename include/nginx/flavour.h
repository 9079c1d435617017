/*
 * nginx under its other names: freenginx, OpenResty, Tengine, Angie. One table holds all that is
 * named otherwise in one of them, and everybody asks here. All pure.
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
	const char *since;    /* the first version of that product that is so; "": from the start */
	const char *title;    /* titles begin with it, a colon and a blank */
	const char *variable; /* the one in which a master hands its sockets over at USR2 */
	bool numbered;        /* titles may be "master process v1.12.1 #1 [ARGUMENTS]", too */

	/* What configure takes where it is told nothing; all but the prefix are relative to it. */
	const char *prefix;
	const char *sbin_path;
	const char *conf_path;
	const char *pid_path;
};

/* Never NULL: people rename nginx in its source, and it stays an nginx in all else. */
const struct flavour *flavour_of_product(const char *product, const char *version);

/* *ret_rest is what follows "nginx: " and the like. NULL: no title of ours, *ret_rest untouched. */
const struct flavour *flavour_of_title(const char *title, const char **ret_rest);

/* Whether a master of the one takes over the sockets that one of the other hands over. */
bool flavour_inherits_from(const struct flavour *after, const struct flavour *before);

/* Whether an environment, as in /proc/PID/environ, hands sockets over in any flavour's variable. */
bool flavour_is_handed_sockets(const char *environment, size_t length);

/* Where packages, and "make install", put the binary: 0, 1, ... in the order of preference; NULL
 * behind the last. */
const char *flavour_usual_place(size_t i);

/*
 * Whether this path, or text of a link /proc/PID/exe, ends in a name under which nginx is installed
 * or kept as a backup: "nginx", "/opt/a/sbin/angie", "nginx.old (deleted)", "nginx.1.18.0",
 * "nginx1.6". Anybody can give a file such a name.
 */
bool flavour_is_executable_name(const char *path);

#endif
