/*
 * The way to a binary, where it leads through links: "sbin/nginx -> ../nginx-1.22/nginx", or
 * "/opt/current -> nginx-1.22" with /opt/current/sbin/nginx. Who keeps a folder for each version
 * goes from one to the other by moving such a link. A file that is put in place through the link
 * would overwrite that of another version; so the link is what is moved.
 *
 *	way_look -> way_has_versions, way_lead_to -> way_point
 *
 * Links of the system itself, those in / and /usr ("/sbin -> usr/sbin"), are never moved, and say
 * nothing about versions.
 */
#ifndef NGINX_WAY_H
#define NGINX_WAY_H

#include "nginx/install.h"

enum { WAY_LINKS_MAX = 8 };

struct way {
	char end[PATH_MAX]; /* where it leads now, without any link */
	size_t count;
	struct {
		char link[PATH_MAX];
		char text[PATH_MAX]; /* what it says */
		char rest[PATH_MAX]; /* of the path behind it: "sbin/nginx", or "" */
	} links[WAY_LINKS_MAX];
};

/* One link, and what it says before and after it was moved. */
struct way_move {
	char link[PATH_MAX]; /* "": nothing is to be moved */
	char before[PATH_MAX];
	char after[PATH_MAX];
};

/* A way is large: static storage. path as in rooted_path(), without a root. -ELOOP: too many. */
int way_look(const char *path, struct way *ret);

/*
 * Whether the links choose among versions: what one of them leads to has a number in its name, or
 * stands beside a folder with the same file in it. Which of them, the last that does, in ret_link
 * (PATH_MAX bytes).
 */
bool way_has_versions(const struct way *way, char *ret_link);

/*
 * Which link is to say what, for the way to lead to this file (a path without links). Of several
 * the last that can, and rather one that leads from a folder to its neighbour. -ENOENT: none.
 */
int way_lead_to(const struct way *way, const char *file, struct way_move *ret);

/*
 * Makes the link say `after` if it says `before`, by the rename of a new link over it. The folder
 * that it is in must be trusted. 0 or -errno with the error noted; -ESTALE: it says something else.
 */
int way_point(const struct believed *b, const char *link, const char *before, const char *after,
	      struct install_error *err);

#endif
