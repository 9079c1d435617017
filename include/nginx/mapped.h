/*
 * The modules of nginx that a running master has mapped, also those that were replaced or removed
 * since: each with the path under which nginx loads it, and its content.
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
	char path[PATH_MAX];  /* where it is loaded from, as the master sees it */
	char shown[PATH_MAX]; /* what the kernel calls it now, without "(deleted)" */
	char range[48];       /* its name in map_files */
	struct file_id id;    /* as maps shows it, which on an overlay is not what stat(2) says */
	bool deleted;         /* it has no name any more */
};

/*
 * Calls fn for each mapped shared object, once for those that stand one behind the other, until it
 * returns other than 0, which is then returned. -errno: the maps cannot be read.
 */
typedef int mapped_fn(const struct mapped *m, void *arg);
int mapped_each(pid_t pid, mapped_fn *fn, void *arg);

/*
 * A descriptor to read what is mapped, byte for byte. From map_files; where there is none, by its
 * name while it has one. -ENODATA: it has none, and there is no map_files; else -errno.
 */
int mapped_open(const struct subject *s, const struct mapped *m);

/* Whether this machine has map_files, and we may look into them: of that master. */
bool mapped_can_be_read(const struct subject *s);

/* Whether what is behind fd is a module of nginx: by its name, else by what is in it. */
bool mapped_is_module(const struct mapped *m, int fd);

/* The same by the name alone, for one that cannot be read. */
bool mapped_is_named_module(const struct mapped *m);

#endif
