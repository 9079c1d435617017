/* dpkg's own lists of which package has which files (deb(5), dpkg-query(1)). They are read
 * directly: no program is run. */
#ifndef COMMANDS_DPKG_LISTS_H
#define COMMANDS_DPKG_LISTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls fn for each list. The first `length` bytes of `name` are the name of the package, without
 * the architecture. `text` is for dpkg_list_has() only, and is freed after the call.
 */
typedef void dpkg_list_fn(const char *name, size_t length, const char *text, void *arg);
void dpkg_lists_each(dpkg_list_fn *fn, void *arg);

/* Whether the package with this list has the file; /usr/sbin/x is also found as /sbin/x. */
bool dpkg_list_has(const char *text, const char *path);

/* The installed version of a package; "": unknown. Returns ret. */
const char *dpkg_version(const char *package, char *ret, size_t size);

#endif
