/* What the package manager will say about files that were put back in place of its own. */
#ifndef COMMANDS_PACKAGE_CHECK_H
#define COMMANDS_PACKAGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The command that checks the packages of these files, for a message: "dpkg --verify nginx" where
 * dpkg's lists have paths[0]; else, where rpm has a database, "rpm -V nginx". False: paths[0]
 * belongs to no package.
 */
bool package_check(const char *const *paths, size_t count, char *ret, size_t size);

/* Whether rpm has a database here that is not empty. */
bool package_has_rpm(void);

#endif
