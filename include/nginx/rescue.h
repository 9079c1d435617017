/*
 * Where a running binary is kept that a package manager has replaced or removed: in a folder of
 * root's alone, out of the way of packages. /var/lib/nginx-handover/usr/sbin/nginx.1.18.0 is a copy
 * of what ran from /usr/sbin/nginx.
 *
 *	rescue_place -> save_running (nginx/install.h), kept_find, builds_prune (nginx/builds.h)
 */
#ifndef NGINX_RESCUE_H
#define NGINX_RESCUE_H

#include <limits.h>
#include <stdbool.h>

#define RESCUES_KEPT 3 /* as many as there are sets: nginx/sets.h */

/*
 * The path beside which copies of `target` (absolute) are kept, to be used as a target of the calls
 * above. make: its folders are made where they are missing. 0 or -errno: -EPERM where one of them
 * is not root's alone. The folders are root's affair whomever the run acts as.
 */
int rescue_place(const char *target, bool make, char ret[PATH_MAX]);

#endif
