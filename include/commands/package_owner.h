/* Of which package a file is, as the machine's package manager has it. */
#ifndef COMMANDS_PACKAGE_OWNER_H
#define COMMANDS_PACKAGE_OWNER_H

#include <stddef.h>

struct package_owner {
	char name[128];    /* "": of none, or it cannot be told */
	char version[128]; /* in which it is installed now; "": not known */
};

/*
 * Fills ret[i] for each paths[i], as this machine's root has them. dpkg's lists are read in one go;
 * for what is in none of them rpm is asked, where it has a database. Not for the hooks of packages:
 * rpm may wait there for the transaction that waits for us.
 */
void package_owners(const char *const *paths, size_t count, struct package_owner *ret);

#endif
