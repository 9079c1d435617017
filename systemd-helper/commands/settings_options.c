/* Turns settings back into options, for another process of ours. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/settings.h"
#include "commands/settings_private.h"
#include "commands/verbs.h"
#include "os/duration.h"
#include "os/rooted.h"

struct list {
	const char **items;
	int count;
	int most;
	char *room;
	size_t left;
};

static bool add_option(struct list *l, const char *name, const char *value)
{
	int n = snprintf(l->room, l->left, "--%s%s%s", name, value ? "=" : "", value ? value : "");

	if (n < 0 || (size_t)n >= l->left || l->count == l->most)
		return false;
	l->items[l->count++] = l->room;
	l->room += n + 1;
	l->left -= (size_t)n + 1;
	return true;
}

static const char *exact_time(uint64_t us, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%lluus", (unsigned long long)us);
	return ret;
}

static bool add_row(struct list *l, const struct settings *s, const struct setting *row)
{
	const void *field = (const char *)s + row->offset;
	char text[PATH_MAX];

	switch (row->kind) {
	case KIND_FLAG: return !*(const bool *)field || add_option(l, row->name, NULL);
	case KIND_SWITCH: return add_option(l, row->name, *(const bool *)field ? "yes" : "no");
	case KIND_TIME:
		return add_option(
			l, row->name,
			*(const uint64_t *)field == DURATION_INFINITY
				? "infinity"
				: exact_time(*(const uint64_t *)field, text, sizeof(text)));
	case KIND_PATH:
		if (path_from_here(*(const char *const *)field, text) < 0)
			return false;
		return add_option(l, row->name, text);
	default: return add_option(l, row->name, *(const char *const *)field);
	}
}

int settings_options(const struct settings *s, enum verb_bit verb, const char **ret, int most,
		     char *room, size_t size)
{
	struct list l = {ret, 0, most, room, size};
	size_t i;

	for (i = 0; i < settings_count; i++) {
		if ((s->said & (1ull << i)) && (settings_table[i].verbs & verb) &&
		    !(settings_table[i].flags & INTERNAL) && !add_row(&l, s, &settings_table[i]))
			return -E2BIG;
	}
	return l.count;
}
