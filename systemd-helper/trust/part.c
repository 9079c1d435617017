/*
 * Opens one part of a path in its folder. No link is followed, and the opening has no side effect
 * (a device, a pipe): it uses O_PATH, or without it opens folders and regular files only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/identity.h"
#include "trust/path.h"
#include "trust/path_private.h"

#ifndef O_PATH
#define O_PATH 010000000
#endif

#define TO_READ (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

bool kernel_has_o_path(void)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	char c;
	bool has;

	if (fd < 0)
		return false;
	has = read(fd, &c, 1) < 0 && errno == EBADF && fstat(fd, &st) == 0;
	(void)close(fd);
	return has;
}

int part_root(bool o_path, const char *root)
{
	int fd;

	/* If root has become a user, /proc/self belongs to root (proc(5): dumpable). */
	identity_lift();
	fd = open(*root ? root : "/", (o_path ? O_PATH : O_RDONLY) | O_DIRECTORY | O_CLOEXEC);
	identity_lower();
	return fd < 0 ? -errno : fd;
}

/* O_DIRECTORY first, because that triggers automounts. */
static int open_by_o_path(int at, const char *name, int *ret_fd)
{
	int fd = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOTDIR)
		fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static int open_to_read(int at, const char *name, int *ret_fd, struct stat *ret)
{
	int fd = openat(at, name, TO_READ | O_DIRECTORY);

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		if (fstatat(at, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		if (!S_ISREG(ret->st_mode) && !S_ISDIR(ret->st_mode))
			return 0;
		fd = openat(at, name, TO_READ);
	}
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int part_open(bool o_path, int at, const char *name, int *ret_fd, struct stat *ret)
{
	int fd = -1;
	int r = o_path ? open_by_o_path(at, name, &fd) : open_to_read(at, name, &fd, ret);

	if (!r && fd >= 0 && fstat(fd, ret) < 0) {
		r = -errno;
		(void)close(fd);
	}
	if (!r)
		*ret_fd = fd;
	return r;
}

static bool unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_uid == b->st_uid &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

ssize_t part_link(int at, const char *name, int fd, const struct stat *st, char *ret)
{
	struct stat now;
	ssize_t n = readlinkat(fd >= 0 ? fd : at, fd >= 0 ? "" : name, ret, PATH_MAX);

	if (n < 0)
		return -errno;
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	if (fd < 0 && fstatat(at, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (fd < 0 && !unchanged(st, &now))
		return -ESTALE;
	ret[n] = '\0';
	return n;
}

int trusted_reopen(const struct trusted *t)
{
	struct stat st;
	int fd, r;

	if (t->fd < 0)
		return -ENOENT;
	if (S_ISDIR(t->st.st_mode))
		fd = openat(t->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else
		fd = openat(t->folder, t->name, TO_READ);
	if (fd < 0)
		return errno == ELOOP || errno == ENOENT ? -ESTALE : -errno;
	r = fstat(fd, &st) < 0 ? -errno : 0;
	if (!r && (st.st_dev != t->st.st_dev || st.st_ino != t->st.st_ino))
		r = -ESTALE;
	if (!r)
		return fd;
	(void)close(fd);
	return r;
}

void trusted_close(struct trusted *t)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	if (t->folder >= 0)
		(void)close(t->folder);
	t->fd = t->folder = -1;
}

int trusted_open(const struct believed *b, const char *root, const char *path, unsigned flags,
		 struct trusted *ret, struct distrust *why)
{
	return trusted_open_in_form(kernel_has_o_path(), b, root, path, flags, ret, why);
}
