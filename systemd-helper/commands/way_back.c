/* Chooses the build that a rollback goes to: the one that served before, if it is kept. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/record.h"
#include "commands/rollback.h"
#include "nginx/builds.h"
#include "nginx/served.h"
#include "os/sha256.h"

static const char *name_of(const struct kept *k)
{
	const char *slash = strrchr(k->path, '/');

	return slash ? slash + 1 : k->path;
}

/* Whether it is not the build that runs. */
static bool is_other(const struct way_back *w, const struct kept *k)
{
	return !digest_equal(&k->digest, &w->running);
}

/* Whether an earlier file in the list is the same build. */
static bool is_repeated(const struct way_back *w, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++) {
		if (digest_equal(&w->kept.list[k].digest, &w->kept.list[i].digest))
			return true;
	}
	return false;
}

/* Then a build in a folder of its own is preferred: a link can be moved to it. */
static bool leads_through_links(const struct builds *b)
{
	return strcmp(b->name, b->target) != 0;
}

static void choose_recorded(struct way_back *w)
{
	size_t way[SERVED_MAX];
	size_t back = 0;
	size_t count = served_way_back(&w->served, &w->running, way, &back);
	size_t i;

	for (i = 0; i < count && !w->to; i++) {
		w->to = kept_of(&w->kept, &w->served.list[way[i]].digest,
				leads_through_links(&w->builds));
		if (!w->to && i < back)
			w->passed[w->passed_count++] = way[i];
		w->line = w->to ? (int)way[i] : -1;
		w->forward = w->to && i >= back;
	}
}

/* Without a record: the other build that is kept, if there is just one. */
static void choose_only(struct way_back *w)
{
	size_t i;

	for (i = 0; i < w->kept.count; i++) {
		if (!is_other(w, &w->kept.list[i]) || is_repeated(w, i))
			continue;
		w->unsure = w->to != NULL;
		if (w->unsure)
			break;
		w->to = &w->kept.list[i];
	}
	if (w->unsure)
		w->to = NULL;
}

static void begin(const struct builds *b, struct way_back *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->builds = *b;
	ret->line = -1;
	record_read(b, &ret->served);
}

static void choose(const struct digest *running, struct way_back *ret)
{
	int last;

	ret->running = *running;
	kept_find(&ret->builds, &ret->served, &ret->kept);
	last = served_last_of(&ret->served, &ret->running);
	if (last >= 0)
		memcpy(ret->running_version, ret->served.list[last].version,
		       sizeof(ret->running_version));
	if (ret->served.count)
		choose_recorded(ret);
	else
		choose_only(ret);
}

int way_back_find(const struct builds *b, int running, struct way_back *ret)
{
	struct digest digest;
	uint64_t size;
	int r;

	begin(b, ret);
	r = builds_digest(&ret->served, running, true, &digest, &size);
	if (!r)
		choose(&digest, ret);
	return r;
}

void way_back_read(const struct builds *b, const struct digest *running, struct way_back *ret)
{
	begin(b, ret);
	choose(running, ret);
}

static bool is_named(const struct kept *k, const char *what)
{
	return strcmp(k->version, what) == 0 || strcmp(name_of(k), what) == 0 ||
	       strcmp(k->path, what) == 0;
}

size_t way_back_named(struct way_back *w, const char *what)
{
	const struct kept *found = NULL;
	size_t builds = 0;
	size_t i;

	w->to = NULL;
	w->forward = false;
	w->passed_count = 0;
	for (i = 0; i < w->kept.count; i++) {
		const struct kept *k = &w->kept.list[i];

		if (!is_named(k, what) || (found && digest_equal(&found->digest, &k->digest)))
			continue;
		found = k;
		builds++;
	}
	if (found) {
		w->to = strchr(what, '/') ? found
					  : kept_of(&w->kept, &found->digest,
						    leads_through_links(&w->builds));
		w->line = served_last_of(&w->served, &found->digest);
	}
	return builds;
}

const char *way_back_list(const struct way_back *w, const char *what, char *ret, size_t size)
{
	size_t n = 0;
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < w->kept.count && n < size; i++) {
		const struct kept *k = &w->kept.list[i];

		if ((what && !is_named(k, what)) || !is_other(w, k))
			continue;
		n += (size_t)snprintf(ret + n, size - n, "%s%s (%s)", n ? ", " : "", k->version,
				      k->path);
	}
	return ret;
}
