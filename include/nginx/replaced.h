/* Files that a running master maps and that are no longer what stands at their paths. */
#ifndef NGINX_REPLACED_H
#define NGINX_REPLACED_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "nginx/master.h"

struct replaced {
	unsigned count;       /* mapped files that were replaced or deleted, the binary apart */
	char first[PATH_MAX]; /* one of them */
};

/* 0 or -errno. The binary itself is compared by its caller. */
int replaced_look(const struct master *m, struct replaced *ret);

/*
 * Whether what stands on disk is not what runs: the binary at target, or a file that is mapped.
 * Why, in ret_why.
 */
bool upgrade_due(const struct master *m, const char *target, char *ret_why, size_t size);

#endif
