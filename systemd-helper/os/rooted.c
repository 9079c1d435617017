/*
 * Resolves a path part by part. openat2(RESOLVE_IN_ROOT) is too new, and a plain open() below
 * /proc/PID/root follows absolute links into our own root.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/rooted.h"

enum { LINKS_MAX = 40 };

int path_join(const char *dir, const char *path, char ret[PATH_MAX])
{
	int n = path[0] == '/' ? snprintf(ret, PATH_MAX, "%s", path)
			       : snprintf(ret, PATH_MAX, "%s/%s", dir, path);

	return n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int path_from_here(const char *path, char ret[PATH_MAX])
{
	char here[PATH_MAX] = "/";

	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return -errno;
	return path_join(here, path, ret);
}

int path_folder(const char *path, char ret[PATH_MAX])
{
	char *slash;

	if (snprintf(ret, PATH_MAX, "%s", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	slash = strrchr(ret, '/');
	if (slash)
		slash[slash == ret] = '\0';
	return 0;
}

/* Sets todo to "TARGET/REST". */
static int splice_link(char todo[PATH_MAX], const char *target, const char *rest)
{
	char joined[2 * PATH_MAX];
	int n = snprintf(joined, sizeof(joined), "%s/%s", target, rest);

	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(todo, joined, (size_t)n + 1);
	return 0;
}

static void drop_last_part(char *done, size_t root_length)
{
	char *slash = strrchr(done, '/');

	if (slash && (size_t)(slash - done) >= root_length)
		*slash = '\0';
}

/*
 * Appends one part to the path in done. If the part is a link, returns 1, sets target, and appends
 * nothing. Else 0 or -errno.
 */
static int step_into(char done[PATH_MAX], const char *part, size_t length, char target[PATH_MAX])
{
	size_t have = strlen(done);
	struct stat st;
	ssize_t n;

	if (have + 1 + length >= PATH_MAX)
		return -ENAMETOOLONG;
	done[have] = '/';
	memcpy(done + have + 1, part, length);
	done[have + 1 + length] = '\0';
	if (lstat(done, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return 0;
	n = readlink(done, target, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	done[have] = '\0';
	return 1;
}

/* The caller's function for links. */
struct listener {
	rooted_link_fn *on_link;
	void *arg;
};

static int call_listener(const struct listener *l, const char *done, const char *part,
			 size_t length, const char *target)
{
	char link[PATH_MAX];

	if (!l)
		return 0;
	/* It fits: step_into() has built the same path. */
	(void)snprintf(link, sizeof(link), "%s/%.*s", done, (int)length, part);
	return l->on_link(l->arg, link, target, part + length);
}

/* Resolves todo into done. *ret_left: the rest of todo, from the first missing name on. */
static int walk(const char *root, char done[PATH_MAX], char todo[PATH_MAX],
		const struct listener *listener, char **ret_left)
{
	char target[PATH_MAX];
	char *p = todo;
	size_t root_length = strlen(root);
	unsigned links = 0;

	for (;;) {
		size_t length;
		int r;

		p += strspn(p, "/");
		length = strcspn(p, "/");
		if (!length)
			break;
		if (length == 2 && p[0] == '.' && p[1] == '.') {
			drop_last_part(done, root_length);
		} else if (length != 1 || p[0] != '.') {
			r = step_into(done, p, length, target);
			if (r == -ENOENT) {
				done[strlen(done) - length - 1] = '\0';
				break;
			}
			if (r < 0)
				return r;
			if (r == 1) {
				if (++links > LINKS_MAX)
					return -ELOOP;
				r = call_listener(listener, done, p, length, target);
				if (r)
					return r;
				if (target[0] == '/')
					done[root_length] = '\0';
				r = splice_link(todo, target, p + length);
				if (r < 0)
					return r;
				p = todo;
				continue;
			}
		}
		p += length;
	}
	*ret_left = p;
	return 0;
}

static int resolve_existing(const char *root, const char *path, const struct listener *listener,
			    char ret[PATH_MAX], char ret_left[PATH_MAX])
{
	char done[PATH_MAX];
	char todo[PATH_MAX];
	char *left;
	int r;

	if (path[0] != '/')
		return -EINVAL;
	if (strlen(root) >= PATH_MAX || strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(done, root, strlen(root) + 1);
	memcpy(todo, path, strlen(path) + 1);
	r = walk(root, done, todo, listener, &left);
	if (r)
		return r;
	if (!*done)
		memcpy(done, "/", 2);
	memcpy(ret, done, strlen(done) + 1);
	memcpy(ret_left, left, strlen(left) + 1);
	return 0;
}

int rooted_nearest(const char *root, const char *path, char ret[PATH_MAX], char ret_left[PATH_MAX])
{
	return resolve_existing(root, path, NULL, ret, ret_left);
}

static int resolve_whole(const char *root, const char *path, const struct listener *listener,
			 char ret[PATH_MAX])
{
	char found[PATH_MAX];
	char left[PATH_MAX];
	size_t have;
	size_t length;
	int r = resolve_existing(root, path, listener, found, left);

	if (r)
		return r;
	/* The last part may be missing. */
	if (left[strcspn(left, "/")])
		return -ENOENT;
	have = strcmp(found, "/") == 0 ? 0 : strlen(found);
	length = strlen(left);
	if (have + 1 + length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ret, found, strlen(found) + 1);
	if (length) {
		ret[have] = '/';
		memcpy(ret + have + 1, left, length + 1);
	}
	return 0;
}

int rooted_path(const char *root, const char *path, char ret[PATH_MAX])
{
	return resolve_whole(root, path, NULL, ret);
}

int rooted_follow(const char *root, const char *path, char ret[PATH_MAX], rooted_link_fn *on_link,
		  void *arg)
{
	struct listener listener = {on_link, arg};

	return resolve_whole(root, path, &listener, ret);
}
