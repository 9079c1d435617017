/*
 * Files that nobody asked for and somebody may want: a few of a kind, "KIND-1", "KIND-2" and so on,
 * in the folder of the locks, which nobody but us can write. The oldest make room.
 */
#ifndef OS_KEPT_FILE_H
#define OS_KEPT_FILE_H

#include <limits.h>

/*
 * A new one, with a number greater than all before; of the older ones the last keep - 1 stay.
 * Returns a descriptor to be written to, or -errno; -EPERM: the folder is not ours alone.
 */
int kept_file_create(const char *kind, unsigned keep, char ret_path[PATH_MAX]);

#endif
