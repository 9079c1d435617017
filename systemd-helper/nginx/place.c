/* The folder where a binary is installed: who can change it, and which files are in it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "os/error_text.h"
#include "os/file_id.h"
#include "os/folder.h"
#include "os/identity.h"
#include "trust/path.h"

int install_failed(struct install_error *err, const char *step, const char *path, int r)
{
	if (err) {
		err->step = step;
		(void)snprintf(err->path, sizeof(err->path), "%s", path);
		err->why.kind = DISTRUST_NONE;
	}
	return r;
}

int install_distrusted(struct install_error *err, const char *step, const char *path,
		       const struct distrust *why, int r)
{
	(void)install_failed(err, step, path, r);
	if (err && why->kind != DISTRUST_ERROR)
		err->why = *why;
	return r;
}

const char *install_error_reason(const struct install_error *err, int r, char *ret, size_t size)
{
	if (err->why.kind != DISTRUST_NONE)
		return distrust_text(&err->why, ret, size);
	(void)snprintf(ret, size, "%s", error_text(-r));
	return ret;
}

int place_failed(const struct place *p, const char *step, const char *name, int r)
{
	char path[PATH_MAX];

	if (!name || place_path(p, name, path) < 0)
		return install_failed(p->err, step, p->path, r);
	return install_failed(p->err, step, path, r);
}

/* Fills in p->path, the root and the folder, and p->name. *ret: where the folder begins in
 * p->path. */
static int split_target(struct place *p, const char *root, const char *target, size_t *ret)
{
	const char *slash = strrchr(target, '/');
	const char *name = slash ? slash + 1 : target;
	int length = slash == target ? 1 : (int)(name - target) - 1;

	if (target[0] != '/')
		return -EINVAL;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EISDIR;
	if (strlen(root) + strlen(target) >= sizeof(p->path) || strlen(name) >= sizeof(p->name))
		return -ENAMETOOLONG;
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	(void)snprintf(p->path, sizeof(p->path), "%s%.*s", root, length, target);
	*ret = strlen(root);
	return 0;
}

static int open_folder(struct place *p, const char *root, const char *path, struct distrust *why)
{
	struct trusted t;
	int r = trusted_open(&p->believed, root, path, TRUSTED_FOLDER, &t, why);

	if (r < 0)
		return r;
	p->folder = trusted_reopen(&t);
	trusted_close(&t);
	if (p->folder >= 0)
		return 0;
	why->kind = DISTRUST_ERROR;
	return p->folder;
}

/* Opens it as root if only root can change it. Only a run that has become another user can do
 * so. */
static int open_lifted(struct place *p, const char *root, const char *path)
{
	static const struct believed root_alone = {0, NO_USER, NO_GROUP};
	struct believed as_given = p->believed;
	struct distrust why;
	int r;

	if (!identity_became())
		return -EPERM;
	p->believed = root_alone;
	p->roots = true;
	place_lift(p);
	r = open_folder(p, root, path, &why);
	if (r < 0) {
		place_lower(p);
		p->roots = false;
		p->believed = as_given;
	}
	return r;
}

int place_open(struct place *p, const struct believed *b, const char *root, const char *target,
	       struct install_error *err)
{
	struct distrust why;
	size_t begin = 0;
	int r;

	p->folder = -1;
	p->roots = p->lifted = false;
	p->believed = *b;
	p->err = err;
	r = split_target(p, root, target, &begin);
	if (r < 0)
		return install_failed(err, "replace", target, r);
	if (open_lifted(p, root, p->path + begin) == 0)
		return 0;
	r = open_folder(p, root, p->path + begin, &why);
	if (r < 0 && (why.kind == DISTRUST_ERROR || why.kind == DISTRUST_TYPE))
		return place_failed(p, "open the folder", NULL, r);
	return r < 0 ? install_distrusted(err, "trust the folder", p->path, &why, r) : 0;
}

void place_close(struct place *p)
{
	if (p->folder >= 0)
		(void)close(p->folder);
	p->folder = -1;
	place_lower(p);
}

void place_lift(struct place *p)
{
	if (p->roots && !p->lifted)
		identity_lift();
	p->lifted = p->roots;
}

void place_lower(struct place *p)
{
	if (p->lifted)
		identity_lower();
	p->lifted = false;
}

int place_judge(const struct place *p, int fd, const char *name, struct distrust *ret)
{
	char path[PATH_MAX];

	if (place_path(p, name, path) < 0)
		path[0] = '\0';
	return trusted_fd(&p->believed, fd, path, ret);
}

int place_judge_running(const struct place *p, int running)
{
	char image[PATH_MAX];
	struct distrust why;
	int r;

	image_path(running, image);
	r = trusted_fd(&p->believed, running, image, &why);
	return r < 0 ? install_distrusted(p->err, "trust the running binary", image, &why, r) : 0;
}

int place_path(const struct place *p, const char *name, char *ret)
{
	const char *slash = strcmp(p->path, "/") == 0 ? "" : "/";
	int n = snprintf(ret, PATH_MAX, "%s%s%s", p->path, slash, name);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int place_stat(const struct place *p, const char *name, struct stat *ret)
{
	return fstatat(p->folder, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int place_id(const struct place *p, const char *name, struct file_id *ret)
{
	struct stat st;
	int r = place_stat(p, name, &st);

	if (!r)
		*ret = file_id_of_stat(&st);
	return r;
}

int place_read(const struct place *p, const char *name)
{
	int fd = openat(p->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : 0;
	if (!r && !S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (!r)
		return fd;
	(void)close(fd);
	return r;
}

int place_each(const struct place *p, place_fn *fn, void *arg)
{
	DIR *dir = folder_entries(p->folder);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (!r) {
		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			r = -errno;
			break;
		}
		r = fn(p, entry->d_name, arg);
	}
	(void)closedir(dir);
	return r;
}

int place_sync(const struct place *p)
{
	int r = file_sync(p->folder);

	return r < 0 ? place_failed(p, "sync the folder", NULL, r) : 0;
}

void image_path(int fd, char *ret)
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	identity_lift(); /* our own files in /proc are root's if root acts as another user */
	n = readlink(link, ret, PATH_MAX - 1);
	identity_lower();
	ret[n < 0 ? 0 : n] = '\0';
	if (n <= 0)
		(void)snprintf(ret, PATH_MAX, "the running image");
}
