/*
 * Resolves paths of a process that may have another root folder or mount namespace, so that we can
 * use them: through /proc/PID/root. Symbolic links are followed inside that root, not in ours.
 */
#ifndef OS_ROOTED_H
#define OS_ROOTED_H

#include <limits.h>

/*
 * ret: the path by which we reach `path` below `root` ("" for our own root), with all links
 * resolved. path must be absolute; its last part need not exist. 0; -ELOOP: more than 40 links;
 * -ENAMETOOLONG; -EINVAL: path is relative; or -errno of the part that failed.
 */
int rooted_path(const char *root, const char *path, char ret[PATH_MAX]);

/*
 * The same for a path of which more may be missing. ret: the resolved path of the part that exists;
 * ret_left: the rest as it was spelled, from the first missing name on; "": all of it exists.
 */
int rooted_nearest(const char *root, const char *path, char ret[PATH_MAX], char ret_left[PATH_MAX]);

/*
 * Called for each link on the way. link: the path of the link, with all links before it resolved;
 * text: what it contains; rest: what follows it in the path, as it was spelled. Any value other
 * than 0 ends the walk, which then returns it.
 */
typedef int rooted_link_fn(void *arg, const char *link, const char *text, const char *rest);

/* As rooted_path(), and calls on_link for each link. */
int rooted_follow(const char *root, const char *path, char ret[PATH_MAX], rooted_link_fn *on_link,
		  void *arg);

/* "DIR/PATH", or path itself if it is absolute. 0 or -ENAMETOOLONG. */
int path_join(const char *dir, const char *path, char ret[PATH_MAX]);

/*
 * The absolute form of a path from our working folder. 0; -ENAMETOOLONG; or -errno of getcwd(3),
 * which is called only for a relative path.
 */
int path_from_here(const char *path, char ret[PATH_MAX]);

/* The folder that holds an absolute path: "/" for "/a". 0 or -ENAMETOOLONG. */
int path_folder(const char *path, char ret[PATH_MAX]);

#endif
