/* The path of this program. */
#ifndef OS_OWN_PATH_H
#define OS_OWN_PATH_H

#include <limits.h>

/* The path that it was started from; by now there may be another file. 0 or -errno. */
int own_path(char ret[PATH_MAX]);

#endif
