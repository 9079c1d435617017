/*
 * The walk along a path. From the root on, each part is opened in the folder before it, without
 * following a link, and judged by its descriptor before it is used. So whatever is renamed or
 * replaced meanwhile, the end was reached only through parts that were judged.
 *
 * The target of a link is put before the rest of the path. For "..", the walk begins again at the
 * root, with the path walked so far without its last part: so ".." can neither leave the root nor
 * follow a folder that was moved.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/identity.h"
#include "trust/path.h"
#include "trust/path_private.h"

enum { LINKS_MAX = 40 };

/* What take_step() returns, beside -errno. */
enum { GO_ON, ARRIVED };

struct walk {
	const struct believed *b;
	unsigned flags;
	bool o_path;
	int root;
	struct stat root_st;
	int above;      /* the folder that holds `at`, or -1 */
	int at;         /* the folder that the walk has reached */
	struct stat st; /* of `at` */
	bool shared;    /* others may create files in it: it is sticky, or its group is believed */
	bool procfs;    /* it is on procfs */
	unsigned links; /* followed so far */
	const char *next; /* the rest of the path, in todo */
	char todo[PATH_MAX];
	char done[PATH_MAX];  /* the path of `at`; "" at the root */
	char shown[PATH_MAX]; /* the other root's path in our own, for messages; "": none */
	struct distrust *why;
};

/* ---- the reason ---- */

static void distrust_set(struct distrust *d, enum distrust_kind kind, const struct stat *st)
{
	d->kind = kind;
	d->uid = st ? st->st_uid : NO_USER;
	d->gid = st ? st->st_gid : NO_GROUP;
	d->mode = st ? st->st_mode : 0;
	d->error = 0;
}

/* Sets why->path to name in the folder `at`, or to `at` (NULL). Truncates a path too long. */
static void set_path(const struct walk *w, const char *name)
{
	const char *const parts[] = {w->shown, w->done, name ? "/" : "", name ? name : ""};
	char *path = w->why->path;
	size_t length = 0, i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		(void)snprintf(path + length, PATH_MAX - length, "%s", parts[i]);
		length += strlen(path + length);
	}
	if (!length)
		memcpy(path, "/", 2);
}

static int refused(const struct walk *w, enum distrust_kind kind, const char *name,
		   const struct stat *st)
{
	distrust_set(w->why, kind, st);
	set_path(w, name);
	return -EPERM;
}

static int wrong_type(const struct walk *w, const char *name, const struct stat *st, int r)
{
	(void)refused(w, DISTRUST_TYPE, name, st);
	return r;
}

static int failed(const struct walk *w, const char *name, int r)
{
	(void)refused(w, DISTRUST_ERROR, name, NULL);
	w->why->error = -r;
	return r;
}

/* ---- one part ---- */

static int judge_part(const struct walk *w, const char *name, int fd, const struct stat *st)
{
	enum distrust_kind kind = judge_rights(w->b, fd, st, true);

	if (kind == DISTRUST_NONE && w->shared && !S_ISDIR(st->st_mode) && st->st_nlink > 1)
		kind = DISTRUST_HARD_LINK;
	return kind == DISTRUST_NONE ? 0 : refused(w, kind, name, st);
}

static int judge_mount(struct walk *w, const char *name, int fd, const struct stat *st,
		       bool *ret_procfs)
{
	int r = judge_file_system(w->b, fd, st, ret_procfs);

	if (r < 0)
		return failed(w, name, r);
	return r == DISTRUST_NONE ? 0 : refused(w, (enum distrust_kind)r, name, st);
}

/* Whether it is a link in /proc whose text is not where it leads. */
static bool is_magic(const struct walk *w, const char *target)
{
	return w->procfs && (target[0] == '/' || strstr(target, ":["));
}

static int back_to_root(struct walk *w)
{
	int fd = fcntl(w->root, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return failed(w, NULL, -errno);
	if (w->above >= 0)
		(void)close(w->above);
	if (w->at >= 0)
		(void)close(w->at);
	w->above = -1;
	w->at = fd;
	w->st = w->root_st;
	w->done[0] = '\0';
	w->shared = (w->st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
	w->procfs = false;
	return 0;
}

/* The rest of the path becomes BEFORE + REST, where REST is "" or begins with a slash. */
static int put_before(struct walk *w, const char *name, const char *before, size_t length)
{
	char joined[PATH_MAX];
	size_t rest = strlen(w->next);

	if (length + 1 + rest >= sizeof(joined))
		return failed(w, name, -ENAMETOOLONG);
	memcpy(joined, before, length);
	/* No slash is added: at the end of the path the link may lead to a file. */
	memcpy(joined + length, w->next, rest + 1);
	memcpy(w->todo, joined, length + rest + 1);
	w->next = w->todo;
	return 0;
}

static int follow_link(struct walk *w, const char *name, int fd, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n;
	int r = judge_part(w, name, fd, st);

	if (r < 0)
		return r;
	n = part_link(w->at, name, fd, st, target);
	if (n < 0)
		return failed(w, name, (int)n);
	if (++w->links > LINKS_MAX || is_magic(w, target))
		return failed(w, name, -ELOOP);
	r = put_before(w, name, target, (size_t)n);
	return r < 0 || target[0] != '/' ? r : back_to_root(w);
}

static int go_up(struct walk *w)
{
	char *slash = strrchr(w->done, '/');
	int r;

	if (!slash)
		return 0; /* the root's ".." is the root */
	r = put_before(w, NULL, w->done, (size_t)(slash - w->done));
	return r < 0 ? r : back_to_root(w);
}

/* Owns fd if it returns 0. */
static int enter_folder(struct walk *w, const char *name, int fd, const struct stat *st)
{
	size_t have = strlen(w->done), length = strlen(name);
	int r = judge_part(w, name, fd, st);

	if (!r)
		r = judge_mount(w, name, fd, st, &w->procfs);
	if (!r && have + 1 + length >= sizeof(w->done))
		r = failed(w, name, -ENAMETOOLONG);
	if (r < 0)
		return r;
	w->done[have] = '/';
	memcpy(w->done + have + 1, name, length + 1);
	if (w->above >= 0)
		(void)close(w->above);
	w->above = w->at;
	w->at = fd;
	w->st = *st;
	w->shared = (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
	return 0;
}

/* ---- the end of the path ---- */

static int arrive(struct walk *w, const char *name, int fd, const struct stat *st,
		  struct trusted *ret)
{
	int n = snprintf(ret->path, sizeof(ret->path), "%s/%s", w->done, name);

	if (n >= (int)sizeof(ret->path))
		return failed(w, name, -ENAMETOOLONG);
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	memset(&ret->st, 0, sizeof(ret->st));
	if (st)
		ret->st = *st;
	ret->fd = fd;
	ret->folder = w->at;
	w->at = -1;
	return ARRIVED;
}

/* In a folder where others can create files, anybody could create this one right afterwards. */
static int take_missing(struct walk *w, const char *name, struct trusted *ret)
{
	if (w->shared && judge_rights(w->b, w->at, &w->st, false) != DISTRUST_NONE)
		return refused(w, DISTRUST_WRITABLE, NULL, &w->st);
	return arrive(w, name, -1, NULL, ret);
}

static int take_file(struct walk *w, const char *name, int fd, const struct stat *st,
		     struct trusted *ret)
{
	int r = 0;

	if (w->flags & TRUSTED_FOLDER)
		return wrong_type(w, name, st, -ENOTDIR);
	if (!S_ISREG(st->st_mode))
		return wrong_type(w, name, st, -EINVAL);
	if (!(w->flags & TRUSTED_LAST_ANY)) {
		r = judge_part(w, name, fd, st);
		if (!r && (st->st_mode & (S_ISUID | S_ISGID)))
			r = refused(w, DISTRUST_SET_ID, name, st);
		if (!r)
			r = judge_mount(w, name, fd, st, NULL);
	}
	return r < 0 ? r : arrive(w, name, fd, st, ret);
}

/* The path ends at the folder `at`: a sticky folder that others can write is refused here. */
static int take_folder(struct walk *w, struct trusted *ret)
{
	const char *slash = strrchr(w->done, '/');
	enum distrust_kind kind = judge_rights(w->b, w->at, &w->st, false);

	if (!(w->flags & TRUSTED_FOLDER))
		return wrong_type(w, NULL, &w->st, -EISDIR);
	if (kind != DISTRUST_NONE)
		return refused(w, kind, NULL, &w->st);
	(void)snprintf(ret->path, sizeof(ret->path), "%s", slash ? w->done : "/");
	(void)snprintf(ret->name, sizeof(ret->name), "%s", slash ? slash + 1 : "");
	ret->st = w->st;
	ret->fd = w->at;
	ret->folder = w->above;
	w->at = w->above = -1;
	return 0;
}

/* Takes the part `name`. GO_ON, ARRIVED or -errno. */
static int take_step(struct walk *w, const char *name, struct trusted *ret)
{
	bool last = w->next[strspn(w->next, "/")] == '\0'; /* at most slashes follow */
	bool slash = *w->next == '/';
	struct stat st;
	int fd = -1;
	int r = part_open(w->o_path, w->at, name, &fd, &st);

	if (r == -ENOENT && (w->flags & TRUSTED_MISSING) &&
	    (!slash || (last && (w->flags & TRUSTED_FOLDER))))
		return take_missing(w, name, ret);
	if (r < 0)
		return failed(w, name, r);
	if (S_ISDIR(st.st_mode)) {
		r = enter_folder(w, name, fd, &st);
		if (!r)
			return GO_ON;
	} else if (S_ISLNK(st.st_mode)) {
		r = follow_link(w, name, fd, &st);
	} else if (last && !slash) {
		r = take_file(w, name, fd, &st, ret);
		if (r == ARRIVED)
			return r;
	} else {
		r = wrong_type(w, name, &st, -ENOTDIR);
	}
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static int walk_path(struct walk *w, struct trusted *ret)
{
	char name[NAME_MAX + 1];
	size_t length;
	int r = GO_ON;

	while (r == GO_ON) {
		w->next += strspn(w->next, "/");
		length = strcspn(w->next, "/");
		if (!length)
			return take_folder(w, ret);
		if (length > NAME_MAX)
			return failed(w, NULL, -ENAMETOOLONG);
		memcpy(name, w->next, length);
		name[length] = '\0';
		w->next += length;
		if (strcmp(name, "..") == 0)
			r = go_up(w);
		else if (strcmp(name, ".") != 0)
			r = take_step(w, name, ret);
	}
	return r < 0 ? r : 0;
}

/* ---- the whole walk ---- */

/* If the other root has a path in ours, messages show it, so that the advice can be followed. */
static void show_root(struct walk *w, const char *root)
{
	struct stat here;
	ssize_t n;

	identity_lift();
	n = readlink(root, w->shown, sizeof(w->shown) - 1);
	w->shown[n < 0 ? 0 : n] = '\0';
	if (strcmp(w->shown, "/") == 0 || stat(w->shown, &here) < 0 ||
	    here.st_dev != w->root_st.st_dev || here.st_ino != w->root_st.st_ino)
		w->shown[0] = '\0';
	identity_lower();
}

static int begin_at_root(struct walk *w, const char *root)
{
	int r;

	w->root = part_root(w->o_path, root);
	if (w->root < 0 || fstat(w->root, &w->root_st) < 0)
		return failed(w, NULL, w->root < 0 ? w->root : -errno);
	if (*root)
		show_root(w, root);
	r = back_to_root(w);
	if (!r)
		r = judge_part(w, NULL, w->at, &w->st);
	return r < 0 ? r : judge_mount(w, NULL, w->at, &w->st, &w->procfs);
}

int trusted_open_in_form(bool o_path, const struct believed *b, const char *root, const char *path,
			 unsigned flags, struct trusted *ret, struct distrust *why)
{
	struct walk w;
	int r;

	memset(&w, 0, sizeof(w));
	w.b = b;
	w.flags = flags;
	w.o_path = o_path;
	w.root = w.at = w.above = -1;
	w.why = why;
	w.next = w.todo;
	if (path[0] != '/' || strlen(path) >= sizeof(w.todo)) {
		r = failed(&w, NULL, path[0] != '/' ? -EINVAL : -ENAMETOOLONG);
		(void)snprintf(why->path, sizeof(why->path), "%s", path);
		return r;
	}
	memcpy(w.todo, path, strlen(path) + 1);
	r = begin_at_root(&w, root);
	if (!r)
		r = walk_path(&w, ret);
	if (w.above >= 0)
		(void)close(w.above);
	if (w.at >= 0)
		(void)close(w.at);
	if (w.root >= 0)
		(void)close(w.root);
	if (!r)
		distrust_set(why, DISTRUST_NONE, NULL);
	return r;
}
