/*
 * Paths of a process that may have another root or mount namespace, as we see them: through
 * /proc/PID/root. Links on the way are followed inside that root, not in ours.
 */
#ifndef OS_ROOTED_H
#define OS_ROOTED_H

#include <limits.h>

/*
 * Writes to ret the path that reaches `path` below `root` ("" for our own), with every link
 * resolved; the last part need not exist when its folder does. path must be absolute. 0; -ELOOP
 * after 40 links; -ENAMETOOLONG; -EINVAL; else -errno of the part that failed.
 */
int rooted_path(const char *root, const char *path, char ret[PATH_MAX]);

/*
 * The same for a path of which any part may be missing: ret is what exists of it, and ret_left what
 * is left, from the first missing name on, as it is spelled; "" where all of it exists.
 */
int rooted_nearest(const char *root, const char *path, char ret[PATH_MAX], char ret_left[PATH_MAX]);

/*
 * Called for each link on the way: its own path, resolved but for itself, what it says, and the
 * rest of the path behind it, as it is spelled. Other than 0 ends the walk.
 */
typedef int rooted_link_fn(void *arg, const char *link, const char *text, const char *rest);

/* rooted_path(), with the links told. */
int rooted_follow(const char *root, const char *path, char ret[PATH_MAX], rooted_link_fn *on_link,
		  void *arg);

/* dir + "/" + path, or path alone when it is absolute. -ENAMETOOLONG. */
int path_join(const char *dir, const char *path, char ret[PATH_MAX]);

/*
 * A path from our working folder; that may be gone where path is absolute. -errno of getcwd(3), or
 * -ENAMETOOLONG.
 */
int path_from_here(const char *path, char ret[PATH_MAX]);

/* The folder that an absolute path is in: "/" for "/a". -ENAMETOOLONG. */
int path_folder(const char *path, char ret[PATH_MAX]);

#endif
