/*
 * Puts the modules of a set back to their paths. Modules that are there already are left alone, all
 * others are staged (nginx/swap.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/mapped.h"
#include "nginx/place.h"
#include "nginx/sets.h"
#include "nginx/swap.h"
#include "os/sha256.h"
#include "trust/subject.h"

struct putting {
	const struct builds *builds;
	const struct subject *subject;
	const struct sets *sets;
	struct swap *swap;
	struct install_error *err;
	int count;
};

static int stage_module(struct putting *p, const char *path, int fd, const char *from_path)
{
	const struct builds *b = p->builds;
	int r = swap_add(p->swap, &b->believed, b->root, path, fd, from_path, p->err);

	if (r < 0)
		return r;
	p->count += r;
	return 0;
}

/* Opens the file that is at the path now. It need not be trusted, since it is only compared. */
static int open_present(const struct builds *b, const char *path)
{
	char reached[2 * PATH_MAX];

	(void)snprintf(reached, sizeof(reached), "%s%s", b->root, path);
	return open(reached, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Whether the file at its path has the module's content. */
static bool is_in_place(const struct builds *b, const struct set_module *m)
{
	int fd = open_present(b, m->path);
	struct digest digest;
	uint64_t size = 0;
	bool same = fd >= 0 && digest_of_fd(fd, &digest, &size) == 0 && size == m->size &&
		    digest_equal(&digest, &m->digest);

	if (fd >= 0)
		(void)close(fd);
	return same;
}

/* Whether the file at the path has the same content as fd. */
static bool is_at_path(const struct builds *b, const char *path, int fd)
{
	int other = open_present(b, path);
	bool same = other >= 0 && file_same_content(other, fd) == 1;

	if (other >= 0)
		(void)close(other);
	return same;
}

static bool is_missing(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 && errno == ENOENT;
}

static int put_kept(struct putting *p, const struct set_module *m)
{
	int fd, r;

	if (is_in_place(p->builds, m))
		return 0;
	fd = r = sets_open_kept(p->builds, m, p->err);
	if (fd >= 0) {
		r = stage_module(p, m->path, fd, m->kept);
		(void)close(fd);
	}
	return r < 0 && is_missing(m->path) ? 0 : r;
}

unsigned sets_due(const struct builds *b, const struct set *set, const char **ret_first)
{
	unsigned count = 0;
	size_t i;

	for (i = 0; i < set->count && sets_apply(b); i++) {
		if (is_in_place(b, &set->modules[i]))
			continue;
		if (!count++)
			*ret_first = set->modules[i].path;
	}
	return count;
}

int sets_stage(const struct builds *b, const struct set *set, struct swap *swap,
	       struct install_error *err)
{
	struct putting p = {b, NULL, NULL, swap, err, 0};
	int r = 0;
	size_t i;

	for (i = 0; !r && i < set->count && sets_apply(b); i++)
		r = put_kept(&p, &set->modules[i]);
	return r < 0 ? r : p.count;
}

/* -errno ends the walk through the maps. */
static int put_mapped(const struct mapped *m, void *arg)
{
	struct putting *p = arg;
	const struct set_module *kept;
	int fd = mapped_open(p->subject, m);
	int r = 0;

	if (fd >= 0) {
		if (mapped_is_module(m, fd) && !is_at_path(p->builds, m->path, fd))
			r = stage_module(p, m->path, fd, m->shown);
		(void)close(fd);
		return r;
	}
	if (!mapped_is_named_module(m))
		return 0;
	kept = sets_mapped(p->sets, m->path, &m->id);
	return kept ? put_kept(p, kept) : install_failed(p->err, "read", m->path, fd);
}

int sets_stage_running(const struct builds *b, const struct subject *s, const struct sets *sets,
		       struct swap *swap, struct install_error *err)
{
	struct putting p = {b, s, sets, swap, err, 0};
	int r;

	if (!sets_apply(b))
		return 0;
	(void)install_failed(err, "read the maps of", b->target, 0);
	r = mapped_each(s->process.pid, put_mapped, &p);
	return r < 0 ? r : p.count;
}
