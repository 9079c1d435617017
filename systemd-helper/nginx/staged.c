/*
 * Stages the new binary: it is opened once, copied, and later put in place or removed. Only the
 * source is opened as the run's user. Everything else is done as the user who works in the folder
 * (nginx/place.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "nginx/backup.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/staged.h"
#include "os/file_id.h"
#include "os/identity.h"
#include "os/rooted.h"
#include "trust/path.h"

/* Opens a file that the user may not read as root, but only if nobody but root can change it. */
static int open_as_root(const char *path)
{
	static const struct believed root_alone = {0, NO_USER, NO_GROUP};
	char full[PATH_MAX];
	struct distrust why;
	struct trusted t;
	int fd = -EACCES;

	if (!identity_became() || path_from_here(path, full) < 0)
		return fd;
	identity_lift();
	if (trusted_open(&root_alone, "", full, 0, &t, &why) == 0) {
		fd = trusted_reopen(&t);
		trusted_close(&t);
	}
	identity_lower();
	return fd < 0 ? -EACCES : fd;
}

/* A descriptor of the regular file to install. O_NONBLOCK: to open a pipe without a writer would
 * wait. */
static int open_source(const struct place *p, const char *path, bool *ret_as_root)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r = 0;

	*ret_as_root = fd < 0 && errno == EACCES;
	if (fd < 0)
		fd = *ret_as_root ? open_as_root(path) : -errno;
	if (fd < 0)
		return install_failed(p->err, "open", path, fd);
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if (st.st_size == 0)
		r = -ENOEXEC;
	if (!r)
		return fd;
	(void)close(fd);
	return install_failed(p->err, "install", path, r);
}

static bool same_file(int a, int b)
{
	struct file_id x = {0, 0}, y = {0, 0};

	return b >= 0 && file_id_of_fd(a, &x) == 0 && file_id_of_fd(b, &y) == 0 &&
	       file_id_equal(&x, &y);
}

/* Finds out who could have changed the source, by checking its path, which must lead to the file
 * that was opened. */
static void judge_source(const struct believed *b, const char *path, int source,
			 struct distrust *ret)
{
	char full[PATH_MAX];
	struct trusted t;
	int r = path_from_here(path, full);

	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->path, sizeof(ret->path), "%s", path);
	if (!r)
		r = trusted_open(b, "", full, 0, &t, ret);
	if (r < 0 && ret->kind == DISTRUST_NONE) {
		ret->kind = DISTRUST_ERROR;
		ret->error = -r;
	}
	if (r < 0)
		return;
	if (!same_file(source, t.fd)) {
		ret->kind = DISTRUST_ERROR;
		ret->error = ESTALE;
	}
	trusted_close(&t);
}

/* Opens the file at the target; *ret is -1 if there is none. */
static int open_target(const struct place *p, int *ret)
{
	int fd = place_read(p, p->name);
	struct distrust why;
	int r;

	if (fd < 0 && fd != -ENOENT)
		return place_failed(p, "replace", p->name, fd);
	if (fd >= 0) {
		r = place_judge(p, fd, p->name, &why);
		if (r < 0) {
			(void)close(fd);
			return install_distrusted(p->err, "replace", why.path, &why, r);
		}
	}
	*ret = fd < 0 ? -1 : fd;
	return 0;
}

static int check_folder(const struct place *p)
{
	struct statvfs st;

	if (fstatvfs(p->folder, &st) == 0 && (st.f_flag & ST_NOEXEC))
		return place_failed(p, "have programs run (mounted noexec) in", NULL, -EACCES);
	return 0;
}

static int duplicate(const struct place *p, int fd, int *ret)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0)
		return place_failed(p, "hold a file of", NULL, -errno);
	*ret = copy;
	return 0;
}

/* target: a descriptor of the file at the target, or -1. */
static int copy_source(struct staged *s, int source, const char *path, int target)
{
	int r;

	s->in_place = same_file(source, target);
	if (!s->in_place) {
		r = temporary_copy(&s->place, source, path, target < 0 ? s->running : target,
				   &s->copy);
		if (r < 0)
			return r;
	}
	r = duplicate(&s->place, s->in_place ? target : s->copy.lock, &s->fd);
	if (!r && file_id_of_fd(s->fd, &s->id) < 0)
		r = place_failed(&s->place, "look at a file of", NULL, -errno);
	return r;
}

static int open_all(struct staged *s, const struct believed *b, const char *path, int *ret_source,
		    int *ret_target)
{
	bool as_root = false;
	int r = place_judge_running(&s->place, s->running);

	if (!r)
		r = open_target(&s->place, ret_target);
	if (!r)
		r = check_folder(&s->place);
	if (r < 0)
		return r;
	place_lower(&s->place);
	*ret_source = open_source(&s->place, path, &as_root);
	if (*ret_source >= 0 && !as_root)
		judge_source(b, path, *ret_source, &s->source);
	place_lift(&s->place);
	return *ret_source < 0 ? *ret_source : 0;
}

int install_stage(const struct believed *b, const char *root, const char *new_binary,
		  const char *target, int running, struct staged *ret, struct install_error *err)
{
	static const struct temporary none = TEMPORARY_NONE;
	int source = -1, at_target = -1;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->copy = none;
	ret->fd = ret->running = -1;
	r = place_open(&ret->place, b, root, target, err);
	if (!r)
		r = duplicate(&ret->place, running, &ret->running);
	if (!r)
		r = open_all(ret, b, new_binary, &source, &at_target);
	if (!r)
		r = copy_source(ret, source, new_binary, at_target);
	place_lower(&ret->place);
	if (source >= 0)
		(void)close(source);
	if (at_target >= 0)
		(void)close(at_target);
	if (r < 0)
		install_unstage(ret);
	ret->place.err = NULL;
	return r;
}

/* Somebody else who works in the folder as root may have removed the copy. */
static int check_copy(const struct staged *s)
{
	struct file_id id;

	if (!s->in_place &&
	    (place_id(&s->place, s->copy.name, &id) < 0 || !file_id_equal(&id, &s->id)))
		return place_failed(&s->place, "find the copy any more in", NULL, -ESTALE);
	return 0;
}

int install_commit(struct staged *s, const char *version, char *ret_backup,
		   struct install_error *err)
{
	int r;

	s->place.err = err;
	place_lift(&s->place);
	r = check_copy(s);
	if (!r)
		r = install_save_and_swap(&s->place, s->in_place ? NULL : &s->copy, s->running,
					  version, ret_backup);
	place_lower(&s->place);
	s->place.err = NULL;
	return r;
}

void install_unstage(struct staged *s)
{
	place_lift(&s->place);
	temporary_drop(&s->place, &s->copy);
	place_close(&s->place);
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->running >= 0)
		(void)close(s->running);
	s->fd = s->running = -1;
}
