/* Which limits of a master are raised, and how that is done and undone. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "core/raise.h"
#include "init/limits.h"
#include "os/limits.h"
#include "trust/subject.h"

static uint64_t more(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool same(const struct limit *a, const struct limit *b)
{
	return a->soft == b->soft && a->hard == b->hard;
}

/* Raises only the soft limit where that is enough: not everybody may raise a hard one. */
static struct limit raised(const struct limit *has, const struct limit *wanted)
{
	struct limit to = {true, has->soft, more(has->hard, wanted->hard)};

	to.soft = more(has->soft, wanted->soft < to.hard ? wanted->soft : to.hard);
	return to;
}

void raise_plan(const struct limits *has, const struct init_limits *wanted, struct raise *ret)
{
	int i;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->source, wanted->source, sizeof(ret->source));
	memcpy(ret->edit, wanted->edit, sizeof(ret->edit));
	for (i = 0; i < LIMITS_COUNT; i++) {
		const struct limit *now = &has->of[i];
		const struct limit *then = &wanted->limits.of[i];
		struct raise_change *c = &ret->list[ret->count];

		if (!now->known || !then->known || same(now, then))
			continue;
		c->resource = i;
		c->before = *now;
		c->wanted = *then;
		c->after = raised(now, then);
		if (raise_is_more(c) || wanted->exact)
			ret->count++;
	}
}

bool raise_is_more(const struct raise_change *c)
{
	return !same(&c->before, &c->after);
}

size_t raise_count(const struct raise *r)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < r->count; i++)
		count += raise_is_more(&r->list[i]);
	return count;
}

void raise_next(const struct raise *r, struct limits *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < r->count; i++) {
		if (raise_is_more(&r->list[i]))
			ret->of[r->list[i].resource] = r->list[i].after;
	}
}

static void apply_one(struct raise_change *c, const struct subject *master)
{
	struct limit lesser = c->after;

	c->error = subject_limit(master, c->resource, &c->after);
	if (!c->error)
		return;
	lesser.hard = c->before.hard;
	if (lesser.soft > lesser.hard)
		lesser.soft = lesser.hard;
	c->after = lesser;
	if (c->error != -EPERM || same(&lesser, &c->before) ||
	    subject_limit(master, c->resource, &lesser) < 0)
		c->after = c->before;
}

bool raise_apply(struct raise *r, const struct subject *master)
{
	size_t i;

	if (r->applied || !raise_count(r))
		return false;
	r->applied = true;
	for (i = 0; i < r->count; i++) {
		if (raise_is_more(&r->list[i]))
			apply_one(&r->list[i], master);
	}
	return true;
}

bool raise_undo(struct raise *r, const struct subject *master)
{
	bool any = false;
	size_t i;

	if (!r->applied)
		return false;
	r->applied = false;
	r->undo_error = 0;
	for (i = 0; i < r->count; i++) {
		struct raise_change *c = &r->list[i];
		int error;

		if (!raise_is_more(c))
			continue;
		any = true;
		error = subject_limit(master, c->resource, &c->before);
		if (error && !r->undo_error)
			r->undo_error = error;
	}
	return any;
}
