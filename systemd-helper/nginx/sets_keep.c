/*
 * Makes and removes the copies of the modules of a set. A mapped file is read by way of the kernel,
 * which has it even if it was deleted, and not by a path where another file may be now.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/mapped.h"
#include "nginx/place.h"
#include "nginx/record_text.h"
#include "nginx/rescue.h"
#include "nginx/sets.h"
#include "os/file_id.h"
#include "os/identity.h"
#include "os/sha256.h"
#include "trust/path.h"
#include "trust/subject.h"

/* Bytes that must stay free on the disk for others, above all for pid files and logs. */
#define RESERVE (8u * 1024 * 1024)

struct keeping {
	const struct builds *builds;
	const struct subject *subject;
	const struct sets *sets;
	struct set *set;
	struct set_loss *loss;
};

bool sets_apply(const struct builds *b)
{
	return !b->root[0] && !identity_became();
}

static void note_loss(struct keeping *k, const char *path, int r)
{
	struct set_loss *l = k->loss;

	if (!l->count++) {
		(void)snprintf(l->path, sizeof(l->path), "%s", path);
		l->error = r;
	}
}

/* Where to note an error; NULL behind the first, since only that one is reported. */
static struct install_error *error_of(struct keeping *k)
{
	return k->loss->count ? NULL : &k->loss->failed;
}

int sets_open_kept(const struct builds *b, const struct set_module *m, struct install_error *err)
{
	struct digest digest = {{0}};
	struct distrust why;
	struct place p;
	uint64_t size = 0;
	int fd = -1;
	int r = m->kept[0] ? place_open(&p, &b->believed, b->root, m->kept, err) : -ENOENT;

	if (!m->kept[0])
		return install_failed(err, "read", m->path, r);
	if (!r)
		fd = r = place_read(&p, p.name);
	if (fd >= 0) {
		r = place_judge(&p, fd, p.name, &why);
		if (r < 0)
			(void)install_distrusted(err, "trust", why.path, &why, r);
		else
			r = digest_of_fd(fd, &digest, &size);
	}
	if (!r && (size != m->size || !digest_equal(&digest, &m->digest)))
		r = -EBADMSG;
	place_close(&p);
	if (r < 0 && fd >= 0)
		(void)close(fd);
	if (r < 0 && r != -EPERM)
		(void)install_failed(err, "read", m->kept, r);
	return r < 0 ? r : fd;
}

/* Uses the copy of an earlier set, if one has the same content at the same path. */
static bool reuse_copy(struct keeping *k, struct set_module *m)
{
	size_t i, n;

	for (i = k->sets->count; i > 0; i--) {
		const struct set *set = &k->sets->list[i - 1];

		for (n = 0; n < set->count; n++) {
			const struct set_module *o = &set->modules[n];
			int fd;

			if (!o->kept[0] || strcmp(o->path, m->path) != 0 ||
			    !digest_equal(&o->digest, &m->digest))
				continue;
			fd = sets_open_kept(k->builds, o, NULL);
			if (fd < 0)
				continue;
			(void)close(fd);
			memcpy(m->kept, o->kept, sizeof(m->kept));
			return true;
		}
	}
	return false;
}

static int check_space(struct keeping *k, const char *root, const char *target, uint64_t size)
{
	struct statvfs st;
	struct place p;
	int r = place_open(&p, &k->builds->believed, root, target, error_of(k));

	if (!r && fstatvfs(p.folder, &st) == 0 &&
	    (uint64_t)st.f_bavail * st.f_frsize < size + RESERVE)
		r = place_failed(&p, "write a copy in", NULL, -ENOSPC);
	place_close(&p);
	return r;
}

static int copy_to(struct keeping *k, const char *root, const char *target, int fd, uint64_t size,
		   char ret[PATH_MAX])
{
	const struct builds *b = k->builds;
	int r = check_space(k, root, target, size);

	(void)install_sweep(&b->believed, root, target);
	return r < 0 ? r
		     : save_file(&b->believed, root, target, fd, k->set->version, ret, error_of(k));
}

/* Makes a copy in root's own folder, or if that is not possible beside the module. */
static int make_copy(struct keeping *k, struct set_module *m, int fd)
{
	const struct builds *b = k->builds;
	char place[PATH_MAX];
	char path[PATH_MAX];
	int r = -ENOENT;

	if (!b->root[0] && rescue_place(m->path, true, place) == 0)
		r = copy_to(k, "", place, fd, m->size, path);
	else
		r = copy_to(k, b->root, m->path, fd, m->size, path);
	if (!r && strlen(path + strlen(b->root)) >= sizeof(m->kept))
		r = -ENAMETOOLONG;
	if (!r)
		(void)snprintf(m->kept, sizeof(m->kept), "%s", path + strlen(b->root));
	return r;
}

/* Inserts a module in the order of paths. NULL: it is there already, or there is no room. */
static struct set_module *insert_module(struct set *set, const char *path)
{
	size_t i;
	int order = 1;

	for (i = 0; i < set->count && (order = strcmp(set->modules[i].path, path)) < 0; i++)
		;
	if (set->count == SET_MODULES_MAX || (i < set->count && order == 0))
		return NULL;
	memmove(&set->modules[i + 1], &set->modules[i], (set->count - i) * sizeof(set->modules[0]));
	set->count++;
	memset(&set->modules[i], 0, sizeof(set->modules[i]));
	(void)snprintf(set->modules[i].path, sizeof(set->modules[i].path), "%s", path);
	return &set->modules[i];
}

/* Keeps the file behind fd, which stays the caller's. */
static void keep_file(struct keeping *k, const char *path, const struct file_id *id, int fd)
{
	struct set_module *m;
	struct digest digest = {{0}};
	struct distrust why;
	uint64_t size = 0;
	int r = trusted_fd(&k->builds->believed, fd, path, &why);

	if (r < 0)
		(void)install_distrusted(error_of(k), "trust", path, &why, r);
	if (!r && strlen(path) >= RECORD_PATH_MAX)
		r = install_failed(error_of(k), "note", path, -ENAMETOOLONG);
	if (!r && digest_of_fd(fd, &digest, &size) < 0)
		r = install_failed(error_of(k), "read", path, -EIO);
	m = r ? NULL : insert_module(k->set, path);
	if (!r && !m && k->set->count == SET_MODULES_MAX)
		r = install_failed(error_of(k), "note", path, -E2BIG);
	if (m) {
		m->device = id->device;
		m->inode = id->inode;
		m->size = size;
		m->digest = digest;
		r = reuse_copy(k, m) ? 0 : make_copy(k, m, fd);
	}
	if (r < 0)
		note_loss(k, path, r);
}

/* The mapped file cannot be read any more: uses the copy that was made of it earlier. */
static void keep_recorded(struct keeping *k, const struct mapped *m)
{
	const struct set_module *known = sets_mapped(k->sets, m->path, &m->id);
	struct set_module *added = known ? insert_module(k->set, m->path) : NULL;

	if (added)
		*added = *known;
	if (!known)
		note_loss(k, m->path, install_failed(error_of(k), "read", m->path, -ENODATA));
}

static int keep_mapped(const struct mapped *m, void *arg)
{
	struct keeping *k = arg;
	int fd = mapped_open(k->subject, m);

	if (fd >= 0) {
		if (mapped_is_module(m, fd))
			keep_file(k, m->path, &m->id, fd);
		(void)close(fd);
	} else if (mapped_is_named_module(m)) {
		keep_recorded(k, m);
	}
	return 0;
}

int sets_keep_running(const struct builds *b, const struct subject *s, const struct sets *sets,
		      struct set *set, struct set_loss *ret_loss)
{
	struct keeping k = {b, s, sets, set, ret_loss};

	memset(ret_loss, 0, sizeof(*ret_loss));
	set->count = 0;
	return !sets_apply(b) ? 0 : mapped_each(s->process.pid, keep_mapped, &k);
}

void sets_keep_standing(const struct builds *b, const struct set *of, const struct sets *sets,
			struct set *set, struct set_loss *ret_loss)
{
	static const struct file_id none;
	struct keeping k = {b, NULL, sets, set, ret_loss};
	size_t i;

	memset(ret_loss, 0, sizeof(*ret_loss));
	set->count = 0;
	for (i = 0; i < of->count && sets_apply(b); i++) {
		const char *path = of->modules[i].path;
		struct place p;
		int fd = -1;

		if (place_open(&p, &b->believed, b->root, path, NULL) == 0)
			fd = place_read(&p, p.name);
		place_close(&p);
		if (fd < 0)
			continue;
		keep_file(&k, path, &none, fd);
		(void)close(fd);
	}
}

/* ---- pruning ---- */

/* Whether another set than number by_other_than has this copy. */
static bool is_needed(const struct sets *s, size_t by_other_than, const char *kept)
{
	size_t i, n;

	for (i = 0; i < s->count; i++) {
		for (n = 0; n < s->list[i].count && i != by_other_than; n++) {
			if (strcmp(s->list[i].modules[n].kept, kept) == 0)
				return true;
		}
	}
	return false;
}

/* Removes the copy only if its content is what the record says: the name may be another file's
 * now. */
static bool remove_copy(const struct builds *b, const struct set_module *m)
{
	int fd = sets_open_kept(b, m, NULL);
	bool removed = false;
	struct place p;

	if (fd < 0)
		return false;
	(void)close(fd);
	if (place_open(&p, &b->believed, b->root, m->kept, NULL) == 0)
		removed = unlinkat(p.folder, p.name, 0) == 0;
	place_close(&p);
	return removed;
}

static unsigned remove_set(const struct builds *b, struct sets *s, size_t i)
{
	const struct set *gone = &s->list[i];
	unsigned removed = 0;
	size_t n;

	for (n = 0; n < gone->count; n++) {
		if (gone->modules[n].kept[0] && !is_needed(s, i, gone->modules[n].kept))
			removed += remove_copy(b, &gone->modules[n]);
	}
	sets_remove(s, i);
	return removed;
}

unsigned sets_prune(const struct builds *b, struct sets *s, unsigned keep)
{
	unsigned removed = 0, served = 0, aside = 0;
	size_t i;

	for (i = s->count; i > 0; i--) {
		if (s->list[i - 1].word == SET_ASIDE ? ++aside > 1 : ++served > keep)
			removed += remove_set(b, s, i - 1);
	}
	return removed;
}
