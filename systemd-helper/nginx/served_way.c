/* Which builds rollbacks would go to, by the record of the builds that served. */
#include <string.h>

#include "nginx/served.h"
#include "os/sha256.h"

/* The lines as a stack: a line puts its build on top. A rollback to a build that is in the stack
 * takes off everything above it instead. Returns the depth. */
static size_t stack_of(const struct served *s, size_t ret[SERVED_MAX])
{
	size_t depth = 0;
	size_t i, below;

	for (i = 0; i < s->count; i++) {
		below = depth;
		if (strcmp(s->list[i].verb, "rollback") == 0)
			while (below &&
			       !digest_equal(&s->list[ret[below - 1]].digest, &s->list[i].digest))
				below--;
		else
			below = 0;
		if (below)
			depth = below;
		else
			ret[depth++] = i;
	}
	return depth;
}

struct listing {
	const struct served *s;
	const struct digest *running;
	size_t *list;
	size_t count;
};

static void add_once(struct listing *l, size_t index)
{
	const struct digest *digest = &l->s->list[index].digest;
	size_t i;

	if (digest_equal(digest, l->running))
		return;
	for (i = 0; i < l->count; i++) {
		if (digest_equal(digest, &l->s->list[l->list[i]].digest))
			return;
	}
	l->list[l->count++] = index;
}

size_t served_way_back(const struct served *s, const struct digest *running, size_t ret[SERVED_MAX],
		       size_t *ret_back)
{
	struct listing l = {s, running, ret, 0};
	size_t stack[SERVED_MAX];
	size_t i;

	for (i = stack_of(s, stack); i > 0; i--)
		add_once(&l, stack[i - 1]);
	*ret_back = l.count;
	for (i = s->count; i > 0; i--)
		add_once(&l, i - 1);
	return l.count;
}

int served_last_of(const struct served *s, const struct digest *digest)
{
	size_t i;

	for (i = s->count; i > 0; i--) {
		if (digest_equal(&s->list[i - 1].digest, digest))
			return (int)(i - 1);
	}
	return -1;
}
