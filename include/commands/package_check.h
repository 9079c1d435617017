/* What a package manager will say about files that were put back in place of its own. */
#ifndef COMMANDS_PACKAGE_CHECK_H
#define COMMANDS_PACKAGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The command with which the package manager checks what is installed: "dpkg --verify nginx", of
 * the packages that have one of these files by dpkg's own lists; else, where rpm has a database,
 * "rpm -V nginx". False where neither has to do with the first of them.
 */
bool package_check(const char *const *paths, size_t count, char *ret, size_t size);

/* Whether rpm has a database here, which is not empty. */
bool package_has_rpm(void);

#endif
