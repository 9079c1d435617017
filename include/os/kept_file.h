/*
 * Files that are kept in case somebody needs them later: a few of each kind, named "KIND-1",
 * "KIND-2" and so on, in the lock folder, which only we can write. The oldest are removed.
 */
#ifndef OS_KEPT_FILE_H
#define OS_KEPT_FILE_H

#include <limits.h>

/*
 * Creates a file with a number greater than all before, and removes all but the `keep` newest.
 * Returns a descriptor for writing, or -errno; -EPERM: others can write the folder.
 */
int kept_file_create(const char *kind, unsigned keep, char ret_path[PATH_MAX]);

#endif
