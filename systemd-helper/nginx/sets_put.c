/*
 * The modules of a set on their way back to their paths: those that stand there as they are to be
 * are passed over, all others are staged (nginx/swap.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nginx/file_copy.h"
#include "nginx/mapped.h"
#include "nginx/place.h"
#include "nginx/sets.h"

struct putting {
	const struct builds *builds;
	const struct subject *subject;
	const struct sets *sets;
	struct swap *swap;
	struct install_error *err;
	int count;
};

static int stage(struct putting *p, const char *path, int fd, const char *from_path)
{
	const struct builds *b = p->builds;
	int r = swap_add(p->swap, &b->believed, b->root, path, fd, from_path, p->err);

	if (r < 0)
		return r;
	p->count += r;
	return 0;
}

/* What is left alone may lie in anybody's folder: it is only compared. */
static int open_standing(const struct builds *b, const char *path)
{
	char reached[2 * PATH_MAX];

	(void)snprintf(reached, sizeof(reached), "%s%s", b->root, path);
	return open(reached, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static bool stands(const struct builds *b, const struct set_module *m)
{
	int fd = open_standing(b, m->path);
	struct digest digest;
	uint64_t size = 0;
	bool same = fd >= 0 && digest_of_fd(fd, &digest, &size) == 0 && size == m->size &&
		    digest_equal(&digest, &m->digest);

	if (fd >= 0)
		(void)close(fd);
	return same;
}

static bool stands_as(const struct builds *b, const char *path, int fd)
{
	int other = open_standing(b, path);
	bool same = other >= 0 && file_same_content(other, fd) == 1;

	if (other >= 0)
		(void)close(other);
	return same;
}

static int put_kept(struct putting *p, const struct set_module *m)
{
	int fd, r;

	if (stands(p->builds, m))
		return 0;
	fd = sets_open_kept(p->builds, m, p->err);
	if (fd < 0)
		return fd;
	r = stage(p, m->path, fd, m->kept);
	(void)close(fd);
	return r;
}

unsigned sets_due(const struct builds *b, const struct set *set, const char **ret_first)
{
	unsigned count = 0;
	size_t i;

	for (i = 0; i < set->count; i++) {
		if (stands(b, &set->modules[i]))
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

	for (i = 0; !r && i < set->count; i++)
		r = put_kept(&p, &set->modules[i]);
	return r < 0 ? r : p.count;
}

/* Other than 0 ends the walk; -errno is below 0. */
static int put_mapped(const struct mapped *m, void *arg)
{
	struct putting *p = arg;
	const struct set_module *kept;
	int fd = mapped_open(p->subject, m);
	int r = 0;

	if (fd >= 0) {
		if (mapped_is_module(m, fd) && !stands_as(p->builds, m->path, fd))
			r = stage(p, m->path, fd, m->shown);
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

	(void)install_failed(err, "read the maps of", b->target, 0);
	r = mapped_each(s->process.pid, put_mapped, &p);
	return r < 0 ? r : p.count;
}
