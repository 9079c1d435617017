/*
 * The backups beside a binary in their order: which is the newest, and which are too many. One that
 * is not trusted is neither chosen nor removed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/backup.h"

/* What cannot be opened is not trusted. */
static bool is_trusted(const struct place *p, const char *name, struct distrust *ret)
{
	int fd = place_read(p, name);
	bool trusted;

	memset(ret, 0, sizeof(*ret));
	if (fd < 0) {
		(void)place_path(p, name, ret->path);
		ret->kind = DISTRUST_ERROR;
		ret->error = -fd;
		return false;
	}
	trusted = place_judge(p, fd, name, ret) == 0;
	(void)close(fd);
	return trusted;
}

/* A backup that is not the target's own file. */
struct listed {
	char name[NAME_MAX + 1];
	struct timespec when;
	struct file_id id;
	bool trusted;
};

struct list {
	struct listed *items;
	size_t count, room;
	struct file_id at_target; /* zeroed where nothing is: no file has inode 0 */
};

static int list_one(const struct place *p, const char *name, void *arg)
{
	struct list *l = arg;
	struct listed *more, *item;
	struct distrust why;
	struct file_id id;
	struct stat st;

	if (!is_backup(p, name, &st))
		return 0;
	id.device = st.st_dev;
	id.inode = st.st_ino;
	if (file_id_equal(&id, &l->at_target))
		return 0;
	if (l->count == l->room) {
		more = realloc(l->items, (l->room + 16) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		l->items = more;
		l->room += 16;
	}
	item = &l->items[l->count++];
	(void)snprintf(item->name, sizeof(item->name), "%s", name);
	item->id = id;
	item->when = st.st_ctim;
	item->trusted = is_trusted(p, name, &why);
	return 0;
}

/*
 * Newest first. A hard link has the mtime of the build; link(2) and the rename that displaced it
 * from the target set the ctime. Where that is one (a restored or relabelled folder), by version.
 */
static int newer_first(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->when.tv_sec != y->when.tv_sec)
		return x->when.tv_sec < y->when.tv_sec ? 1 : -1;
	if (x->when.tv_nsec != y->when.tv_nsec)
		return x->when.tv_nsec < y->when.tv_nsec ? 1 : -1;
	return strverscmp(y->name, x->name);
}

static int list_backups(const struct place *p, struct list *ret)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	(void)place_id(p, p->name, &ret->at_target);
	r = place_each(p, list_one, ret);
	if (!r && ret->count > 1)
		qsort(ret->items, ret->count, sizeof(*ret->items), newer_first);
	return r;
}

/* The first that is trusted; *ret_passed is why the first before it is not. */
static const struct listed *choose(const struct place *p, const struct list *l,
				   struct distrust *ret_passed)
{
	struct distrust passed;
	size_t i;

	memset(&passed, 0, sizeof(passed));
	for (i = 0; i < l->count && !l->items[i].trusted; i++)
		if (passed.kind == DISTRUST_NONE)
			(void)is_trusted(p, l->items[i].name, &passed);
	if (ret_passed)
		*ret_passed = passed;
	return i < l->count ? &l->items[i] : NULL;
}

int newest_backup(const struct believed *b, const char *root, const char *target, char *ret_path,
		  struct distrust *ret_passed)
{
	struct list l = {NULL, 0, 0, {0, 0}};
	const struct listed *chosen;
	struct place p;
	int r = place_open(&p, b, root, target, NULL);

	if (ret_passed)
		memset(ret_passed, 0, sizeof(*ret_passed));
	if (!r)
		r = list_backups(&p, &l);
	if (!r) {
		chosen = choose(&p, &l, ret_passed);
		r = chosen ? place_path(&p, chosen->name, ret_path) : -ENOENT;
	}
	free(l.items);
	place_close(&p);
	return r;
}

int prune_backups(const struct believed *b, const char *root, const char *target, unsigned keep,
		  const struct file_id *in_use)
{
	struct list l = {NULL, 0, 0, {0, 0}};
	struct place p;
	unsigned kept = 0;
	int removed = 0;
	size_t i;
	int r = place_open(&p, b, root, target, NULL);

	if (!r)
		r = list_backups(&p, &l);
	for (i = 0; !r && i < l.count; i++) {
		if (!l.items[i].trusted || kept++ < keep ||
		    (in_use && file_id_equal(&l.items[i].id, in_use)))
			continue;
		if (unlinkat(p.folder, l.items[i].name, 0) == 0)
			removed++;
		else if (errno != ENOENT)
			r = -errno;
	}
	free(l.items);
	place_close(&p);
	return r < 0 ? r : removed;
}
