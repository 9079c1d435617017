/*
 * Puts several files in place together. Everything that needs space or permissions is done before
 * the first rename: the copies, and the second names of the present files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nginx/backup.h"
#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/swap.h"
#include "os/file_id.h"
#include "os/list.h"
#include "trust/path.h"

void swap_begin(struct swap *s)
{
	memset(s, 0, sizeof(*s));
}

static struct swap_file *new_file(struct swap *s)
{
	static const struct temporary none = TEMPORARY_NONE;
	struct swap_file *f = list_longer(s->files, s->count, &s->room, sizeof(*f));

	if (!f)
		return NULL;
	s->files = f;
	f += s->count;
	memset(f, 0, sizeof(*f));
	f->copy = f->former = none;
	f->place.folder = -1;
	return f;
}

static void drop_file(struct swap_file *f)
{
	place_lift(&f->place);
	temporary_drop(&f->place, &f->copy);
	temporary_drop(&f->place, &f->former);
	place_close(&f->place);
}

/* 1: the file at the target has the content of `from`; 0: another content, or there is none; or
 * -errno. *ret_id: of the file at the target; inode 0: there is none. */
static int look_at_target(const struct place *p, int from, struct file_id *ret_id)
{
	struct distrust why;
	int fd = place_read(p, p->name);
	int r;

	memset(ret_id, 0, sizeof(*ret_id));
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return place_failed(p, "replace", p->name, fd);
	r = place_judge(p, fd, p->name, &why);
	if (r < 0)
		r = install_distrusted(p->err, "replace", why.path, &why, r);
	else if (file_id_of_fd(fd, ret_id) < 0)
		r = place_failed(p, "look at", p->name, -errno);
	else
		r = file_same_content(fd, from) == 1;
	(void)close(fd);
	return r;
}

/* Keeps the file at the target by another name; if the file system has no hard links, by a copy. */
static int keep_former(const struct place *p, const struct file_id *id, struct temporary *ret)
{
	char path[PATH_MAX];
	int r = temporary_link(p, p->name, id, ret);
	int fd;

	if (r == 0 || r == -ESTALE || r == -ENOENT)
		return r < 0 ? place_failed(p, "keep", p->name, r) : 0;
	fd = place_read(p, p->name);
	if (fd < 0)
		return place_failed(p, "keep", p->name, fd);
	r = place_path(p, p->name, path);
	if (!r)
		r = temporary_copy(p, fd, path, fd, ret);
	(void)close(fd);
	return r;
}

/* Makes the "copy" a link to the same file, if it still has a name in the folder. */
static bool link_to(const struct place *p, int from, struct temporary *ret)
{
	char name[NAME_MAX + 1];
	struct file_id id;

	return file_id_of_fd(from, &id) == 0 && backup_find(p, &id, name) == 0 &&
	       temporary_link(p, name, &id, ret) == 0;
}

static int stage_file(struct swap_file *f, int from, const char *from_path)
{
	const struct place *p = &f->place;
	struct distrust why;
	struct file_id id;
	int r = trusted_fd(&p->believed, from, from_path, &why);

	if (r < 0)
		return install_distrusted(p->err, "trust", from_path, &why, r);
	r = look_at_target(p, from, &id);
	if (r)
		return r < 0 ? r : 1;
	if (!link_to(p, from, &f->copy))
		r = temporary_copy(p, from, from_path, from, &f->copy);
	if (!r && id.inode)
		r = keep_former(p, &id, &f->former);
	return r;
}

int swap_add(struct swap *s, const struct believed *b, const char *root, const char *target,
	     int from, const char *from_path, struct install_error *err)
{
	struct swap_file *f = new_file(s);
	int r;

	if (!f)
		return install_failed(err, "put a file at", target, -ENOMEM);
	(void)install_sweep(b, root, target);
	r = place_open(&f->place, b, root, target, err);
	if (!r)
		r = stage_file(f, from, from_path);
	f->place.err = NULL;
	if (r) {
		drop_file(f);
		return r < 0 ? r : 0;
	}
	place_lower(&f->place);
	s->count++;
	return 1;
}

static int undo_file(struct swap_file *f)
{
	const struct place *p = &f->place;
	int r;

	if (!f->done)
		return 0;
	if (f->former.name[0])
		r = temporary_rename(p, &f->former, p->name);
	else
		r = unlinkat(p->folder, p->name, 0) < 0 && errno != ENOENT ? -errno : 0;
	f->done = r < 0;
	return r;
}

int swap_undo(struct swap *s, struct install_error *err)
{
	int first = 0;
	size_t i;

	for (i = s->count; i > 0; i--) {
		struct swap_file *f = &s->files[i - 1];
		int r;

		place_lift(&f->place);
		r = undo_file(f);
		(void)place_sync(&f->place);
		f->place.err = err;
		if (r < 0 && !first)
			first = place_failed(&f->place, "put back", f->place.name, r);
		f->place.err = NULL;
		place_lower(&f->place);
	}
	return first;
}

/* Somebody else who works in the folder as root may have put another file there. */
static int commit_file(struct swap_file *f)
{
	const struct place *p = &f->place;
	struct file_id now = {0, 0};
	int r = place_id(p, p->name, &now);

	if (r < 0 && r != -ENOENT)
		return place_failed(p, "replace", p->name, r);
	/* A copy in place of a link has another identity. */
	if ((f->former.name[0] != '\0') != (now.inode != 0))
		return place_failed(p, "replace", p->name, -ESTALE);
	r = temporary_rename(p, &f->copy, p->name);
	if (r < 0)
		return place_failed(p, "replace", p->name, r);
	f->done = true;
	return place_sync(p);
}

int swap_commit(struct swap *s, struct install_error *err)
{
	int r = 0;
	size_t i;

	for (i = 0; !r && i < s->count; i++) {
		struct swap_file *f = &s->files[i];

		f->place.err = err;
		place_lift(&f->place);
		r = commit_file(f);
		place_lower(&f->place);
		f->place.err = NULL;
	}
	if (r < 0)
		(void)swap_undo(s, NULL);
	return r;
}

void swap_end(struct swap *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		drop_file(&s->files[i]);
	free(s->files);
	swap_begin(s);
}
