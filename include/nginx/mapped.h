/*
 * The modules that a running master has loaded, also if their files were replaced or removed since:
 * the path where nginx loads each of them, and its content.
 *
 *	mapped_each -> mapped_open
 *
 * Sources: proc(5), maps and map_files (Linux 3.3; needs CAP_SYS_ADMIN, since 5.9
 * CAP_CHECKPOINT_RESTORE is enough); nginx: auto/install moves a module to NAME.old.
 */
#ifndef NGINX_MAPPED_H
#define NGINX_MAPPED_H

#include <limits.h>
#include <stdbool.h>

#include "os/file_id.h"
#include "trust/subject.h"

struct mapped {
	char path[PATH_MAX];  /* where nginx loads it from, as the master sees it */
	char shown[PATH_MAX]; /* its present path as the kernel shows it, without "(deleted)" */
	char range[48];       /* its name in map_files */
	struct file_id id;    /* as maps shows it; on an overlay stat(2) shows another one */
	bool deleted;         /* the file has no name any more */
};

/*
 * Calls fn for each mapped shared object, until it returns other than 0, which is then returned.
 * Consecutive mappings of the same object count as one. 0, or -errno: the maps cannot be read.
 */
typedef int mapped_fn(const struct mapped *m, void *arg);
int mapped_each(pid_t pid, mapped_fn *fn, void *arg);

/*
 * A descriptor to read the mapped file, for the caller to close. It is opened by map_files, or if
 * that is not possible by its name. -ENODATA: neither is possible, as it has no name; or another
 * -errno.
 */
int mapped_open(const struct subject *s, const struct mapped *m);

/* Whether this machine has map_files, and we may read those of that master. */
bool mapped_can_be_read(const struct subject *s);

/*
 * Whether the file is a module of nginx: by its name, or else by its content. fd: from
 * mapped_open(). Files named lib* or ld-* are not read, and are none.
 */
bool mapped_is_module(const struct mapped *m, int fd);

/* The same by its name only, for a file that cannot be read. */
bool mapped_is_named_module(const struct mapped *m);

#endif
