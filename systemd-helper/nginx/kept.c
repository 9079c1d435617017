/*
 * Finds the files of builds: backups beside the binary, rescued files, and, if each version has a
 * folder of its own, the files that are still there. They are compared by their content, since
 * names say little, and the ctime of a file changes with each hard link to it.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nginx/backup.h"
#include "nginx/builds.h"
#include "nginx/place.h"
#include "nginx/rescue.h"
#include "nginx/served.h"
#include "os/file_id.h"
#include "os/sha256.h"
#include "trust/path.h"

struct finding {
	struct served *served;
	struct kept_list *list;
	struct file_id at_target;
};

/* "1.18.0" of "1.18.0-2": the number behind the dash only tells builds of one version apart. */
static void version_by_name(const char *version, char *ret, size_t size)
{
	const char *dash = strrchr(version, '-');
	size_t length = strlen(version);

	if (dash && dash[1] && strspn(dash + 1, "0123456789") == strlen(dash + 1))
		length = (size_t)(dash - version);
	(void)snprintf(ret, size, "%.*s", (int)length, version);
}

/* fd is trusted already. */
static void add_kept(struct finding *f, int fd, const char *path, const char *version, bool own)
{
	struct kept_list *l = f->list;
	struct kept *k = &l->list[l->count];
	struct stat st;
	int recorded;

	if (l->count == KEPT_MAX || fstat(fd, &st) < 0 || !(st.st_mode & 0111))
		return;
	memset(k, 0, sizeof(*k));
	if (builds_digest(f->served, fd, false, &k->digest, &k->size) < 0)
		return;
	(void)snprintf(k->path, sizeof(k->path), "%s", path);
	k->since = st.st_ctime;
	k->own = own;
	recorded = served_last_of(f->served, &k->digest);
	if (recorded >= 0)
		(void)snprintf(k->version, sizeof(k->version), "%s",
			       f->served->list[recorded].version);
	else
		version_by_name(version, k->version, sizeof(k->version));
	l->count++;
}

/* Remembers why a file was skipped. */
static void note_skipped(struct finding *f, const struct distrust *why)
{
	if (f->list->passed.kind == DISTRUST_NONE)
		f->list->passed = *why;
}

static bool is_at_target(const struct stat *st, const struct file_id *at_target)
{
	struct file_id id = file_id_of_stat(st);

	return file_id_equal(&id, at_target);
}

static int add_backup(const struct place *p, const char *name, void *arg)
{
	struct finding *f = arg;
	char path[PATH_MAX];
	struct distrust why;
	struct stat st;
	int fd;

	if (!is_backup(p, name, &st) || place_path(p, name, path) < 0 ||
	    is_at_target(&st, &f->at_target))
		return 0;
	memset(&why, 0, sizeof(why));
	fd = place_read(p, name);
	if (fd < 0) {
		(void)snprintf(why.path, sizeof(why.path), "%s", path);
		why.kind = DISTRUST_ERROR;
		why.error = -fd;
		note_skipped(f, &why);
		return 0;
	}
	if (place_judge(p, fd, name, &why) == 0)
		add_kept(f, fd, path, name + strlen(p->name) + 1, false);
	else
		note_skipped(f, &why);
	(void)close(fd);
	return 0;
}

static void find_beside(struct finding *f, const struct builds *b, const char *root,
			const char *target)
{
	struct place p;

	if (place_open(&p, &b->believed, root, target, NULL) == 0) {
		memset(&f->at_target, 0, sizeof(f->at_target));
		(void)place_id(&p, p.name, &f->at_target);
		(void)place_each(&p, add_backup, f);
	}
	place_close(&p);
}

static bool is_listed(const struct kept_list *l, const char *path)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (strcmp(l->list[i].path, path) == 0)
			return true;
	}
	return false;
}

/* Looks for the build at the path where it served, unless the binary is at that path now. */
static void find_where_it_served(struct finding *f, const struct builds *b,
				 const struct served_build *build)
{
	struct kept_list *l = f->list;
	struct distrust why;
	struct trusted t;
	int fd;

	if (!build->path[0] || strcmp(build->path, b->target) == 0 || is_listed(l, build->path) ||
	    trusted_open(&b->believed, "", build->path, 0, &t, &why) < 0)
		return;
	fd = trusted_reopen(&t);
	if (fd >= 0 && strcmp(t.path, build->path) == 0)
		add_kept(f, fd, build->path, build->version, true);
	if (l->count && l->list[l->count - 1].own &&
	    !digest_equal(&l->list[l->count - 1].digest, &build->digest))
		l->count--; /* another build is there now */
	if (fd >= 0)
		(void)close(fd);
	trusted_close(&t);
}

void kept_find(const struct builds *b, struct served *s, struct kept_list *ret)
{
	struct finding f = {s, ret, {0, 0}};
	char place[PATH_MAX];
	size_t i;

	memset(ret, 0, sizeof(*ret));
	find_beside(&f, b, b->root, b->target);
	if (b->root[0])
		return;
	if (rescue_place(b->target, false, place) == 0)
		find_beside(&f, b, "", place);
	if (strcmp(b->name, b->target) != 0 && rescue_place(b->name, false, place) == 0)
		find_beside(&f, b, "", place);
	for (i = s->count; i > 0; i--)
		find_where_it_served(&f, b, &s->list[i - 1]);
}

const struct kept *kept_of(const struct kept_list *l, const struct digest *digest, bool own)
{
	const struct kept *found = NULL;
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (digest_equal(&l->list[i].digest, digest) &&
		    (!found || (found->own != own && l->list[i].own == own)))
			found = &l->list[i];
	}
	return found;
}

/* ---- pruning ---- */

struct old_one {
	char name[NAME_MAX + 1];
	struct file_id id;
	struct timespec since; /* ctime */
	size_t rank;           /* 0: the first to be kept */
	bool serves;           /* it is the build of the record's last line */
};

struct pruning {
	struct served *served;
	struct file_id at_target;
	size_t count;
	struct old_one list[2 * KEPT_MAX];
};

enum { RANK_UNRECORDED = 1 };

/*
 * 0: the build that the next rollback would take; 2, 4, ...: those that later ones would take. A
 * build that is not in the record comes directly behind the first: somebody has put it there, or an
 * older version of this program has left it.
 */
static size_t rank_of_build(const struct served *s, const struct digest *digest)
{
	size_t way[SERVED_MAX];
	size_t back, count, i;

	if (served_last_of(s, digest) < 0)
		return RANK_UNRECORDED;
	count = served_way_back(s, &s->list[s->count - 1].digest, way, &back);
	for (i = 0; i < count; i++) {
		if (digest_equal(&s->list[way[i]].digest, digest))
			break;
	}
	return 2 * i;
}

/* Whether a build of that size is in the record. If none is, the file need not be read. */
static bool has_size(const struct served *s, uint64_t size)
{
	size_t i;

	for (i = 0; i < s->count && s->list[i].size != size; i++)
		;
	return i < s->count;
}

static bool is_last(const struct served *s, const struct digest *digest)
{
	return s->count && digest_equal(&s->list[s->count - 1].digest, digest);
}

/* False: the file cannot be read. */
static bool rank_file(struct served *s, int fd, struct old_one *ret)
{
	struct digest digest;
	uint64_t size;
	struct stat st;

	ret->rank = RANK_UNRECORDED;
	ret->serves = false;
	if (fstat(fd, &st) < 0)
		return false;
	if (!has_size(s, (uint64_t)st.st_size))
		return true;
	if (builds_digest(s, fd, false, &digest, &size) < 0)
		return false;
	ret->rank = rank_of_build(s, &digest);
	ret->serves = is_last(s, &digest);
	return true;
}

static int note_old(const struct place *p, const char *name, void *arg)
{
	struct pruning *all = arg;
	struct old_one *o = &all->list[all->count];
	struct distrust why;
	struct stat st;
	int fd;

	if (all->count == 2 * KEPT_MAX || !is_backup(p, name, &st) ||
	    is_at_target(&st, &all->at_target))
		return 0;
	fd = place_read(p, name);
	if (fd < 0)
		return 0;
	if (place_judge(p, fd, name, &why) == 0 && rank_file(all->served, fd, o)) {
		(void)snprintf(o->name, sizeof(o->name), "%s", name);
		o->id = file_id_of_stat(&st);
		o->since = st.st_ctim;
		all->count++;
	}
	(void)close(fd);
	return 0;
}

static int first_to_keep(const void *a, const void *b)
{
	const struct old_one *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->since.tv_sec != y->since.tv_sec)
		return x->since.tv_sec < y->since.tv_sec ? 1 : -1;
	if (x->since.tv_nsec != y->since.tv_nsec)
		return x->since.tv_nsec < y->since.tv_nsec ? 1 : -1;
	return strverscmp(y->name, x->name);
}

static int count_one(const struct place *p, const char *name, void *arg)
{
	struct stat st;

	*(unsigned *)arg += is_backup(p, name, &st);
	return 0;
}

static int prune_all(const struct place *p, struct pruning *all, unsigned keep,
		     const struct file_id *in_use)
{
	unsigned kept = 0;
	int removed = 0;
	size_t i;

	qsort(all->list, all->count, sizeof(all->list[0]), first_to_keep);
	for (i = 0; i < all->count; i++) {
		const struct old_one *o = &all->list[i];

		if (o->serves || kept++ < keep || (in_use && file_id_equal(&o->id, in_use)))
			continue;
		if (unlinkat(p->folder, o->name, 0) == 0)
			removed++;
		else if (errno != ENOENT)
			return -errno;
	}
	return removed;
}

static int prune_beside(const struct place *p, struct pruning *all, unsigned keep,
			const struct file_id *in_use)
{
	int r;

	(void)place_id(p, p->name, &all->at_target);
	r = place_each(p, note_old, all);
	return r < 0 ? r : prune_all(p, all, keep, in_use);
}

int builds_prune(const struct builds *b, const char *root, const char *target, unsigned keep,
		 const struct file_id *in_use)
{
	struct pruning *all = calloc(1, sizeof(*all));
	struct served *served = calloc(1, sizeof(*served));
	char path[PATH_MAX];
	struct distrust why;
	struct place p;
	unsigned count = 0;
	bool learned = false;
	int r = place_open(&p, &b->believed, root, target, NULL);

	if (!r && (!served || !all))
		r = -ENOMEM;
	if (!r)
		r = place_each(&p, count_one, &count);
	/* Files are read only if there may be too many. */
	if (!r && count > keep) {
		(void)served_load(b, served, path, &why);
		all->served = served;
		r = prune_beside(&p, all, keep, in_use);
		learned = served->count && served->learned;
	}
	place_close(&p);
	if (learned)
		(void)served_store(b, served, NULL);
	free(served);
	free(all);
	return r;
}
