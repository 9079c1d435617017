/* Files that a running master maps and that are no longer what stands at their paths. */
#ifndef NGINX_REPLACED_H
#define NGINX_REPLACED_H

#include <limits.h>

#include "nginx/master.h"

struct replaced {
	unsigned count;       /* mapped files that were replaced or deleted, the binary apart */
	char first[PATH_MAX]; /* one of them */
};

/* 0 or -errno. The binary itself is compared by its caller. */
int replaced_look(const struct master *m, struct replaced *ret);

#endif
