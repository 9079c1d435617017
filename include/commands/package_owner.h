/* Which package a file belongs to. */
#ifndef COMMANDS_PACKAGE_OWNER_H
#define COMMANDS_PACKAGE_OWNER_H

#include <stddef.h>

struct package_owner {
	char name[128];    /* "": the file belongs to no package, or that is unknown */
	char version[128]; /* the one that is installed; "": unknown */
};

/*
 * Fills ret[i] with the package of paths[i], a path in our own root folder. Reads dpkg's lists
 * once, and asks rpm, where it has a database, about files that are in none of them. Not to be
 * called by a package's hook: rpm might wait for the transaction that waits for us.
 */
void package_owners(const char *const *paths, size_t count, struct package_owner *ret);

#endif
