/*
 * The symbolic links on the path to a binary: "sbin/nginx -> ../nginx-1.22/nginx", or
 * "/opt/current -> nginx-1.22" with /opt/current/sbin/nginx. People who have a folder for each
 * version change the version by changing such a link. A file that was put in place through the
 * link would overwrite that of another version. So the link is changed instead.
 *
 *	way_look -> way_has_versions, way_lead_to -> way_point
 *
 * Links of the system itself, which are in / and /usr ("/sbin -> usr/sbin"), are never changed,
 * and do not choose among versions.
 */
#ifndef NGINX_WAY_H
#define NGINX_WAY_H

#include <stddef.h>

#include "nginx/install.h"
#include "trust/path.h"

enum { WAY_LINKS_MAX = 8 };

struct way {
	char end[PATH_MAX]; /* where the path leads now, all links resolved */
	size_t count;
	struct {
		char link[PATH_MAX]; /* its path */
		char text[PATH_MAX]; /* its text, as of readlink(2) */
		char rest[PATH_MAX]; /* the path behind the link: "sbin/nginx"; or "" */
	} links[WAY_LINKS_MAX];
};

/* A change of one link: its text before and after. */
struct way_move {
	char link[PATH_MAX]; /* "": nothing is to be changed */
	char before[PATH_MAX];
	char after[PATH_MAX];
};

/* Follows the path, as rooted_path() without a root. *ret is large (100 kB): for the heap. 0;
 * -ELOOP: too many links; or another -errno. */
int way_look(const char *path, struct way *ret);

/*
 * Whether a link chooses among versions: the name that it leads to has a number in it, or there is
 * a folder beside it with the same file. ret_link (PATH_MAX bytes): the last such link.
 */
bool way_has_versions(const struct way *way, char *ret_link);

/*
 * Which link has to be changed, and to what, so that the path leads to this file (a path without
 * links). A link that would then lead to a folder beside the present one is preferred, then the
 * last one. 0; -ENOENT: no link can do that.
 */
int way_lead_to(const struct way *way, const char *file, struct way_move *ret);

/*
 * Changes the text of the link from `before` to `after`, by renaming a new link to it. Its folder
 * must be trusted. 0, also if the text is `after` already; or -errno with *err filled in; -ESTALE:
 * the text is neither.
 */
int way_point(const struct believed *b, const char *link, const char *before, const char *after,
	      struct install_error *err);

#endif
