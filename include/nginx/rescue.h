/*
 * The folder for copies of running binaries that a package manager has replaced or removed. Only
 * root can change it, and packages do not touch it. /var/lib/nginx-handover/usr/sbin/nginx.1.18.0
 * is a copy of the binary that ran from /usr/sbin/nginx.
 *
 *	rescue_place -> save_running (nginx/install.h), kept_find, builds_prune (nginx/builds.h)
 */
#ifndef NGINX_RESCUE_H
#define NGINX_RESCUE_H

#include <limits.h>
#include <stdbool.h>

#define RESCUES_KEPT 3 /* as many as SETS_KEPT of nginx/sets.h */

/*
 * The path beside which copies of `target` (absolute) are kept. It is to be given as the target to
 * the calls above. make: missing folders are created. It is done as root, whichever user the run
 * acts as. 0; -EPERM: others than root can change one of the folders; or another -errno.
 */
int rescue_place(const char *target, bool make, char ret[PATH_MAX]);

#endif
