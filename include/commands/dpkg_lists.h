/* dpkg's own lists of which package has which files (deb(5), dpkg-query(1)): read, nothing is run.
 */
#ifndef COMMANDS_DPKG_LISTS_H
#define COMMANDS_DPKG_LISTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls fn for each list: `name` has `length` letters and no architecture; `text` is to be asked
 * with dpkg_list_has() alone.
 */
typedef void dpkg_list_fn(const char *name, size_t length, const char *text, void *arg);
void dpkg_lists_each(dpkg_list_fn *fn, void *arg);

/* Whether the package of that text has this file, under / or /usr. */
bool dpkg_list_has(const char *text, const char *path);

/* The version in which a package is installed; "" where that is not known. Returns ret. */
const char *dpkg_version(const char *package, char *ret, size_t size);

#endif
