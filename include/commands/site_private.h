/* Between site_open.c, which opens the world behind a pid file, and site_explain.c, which says why
 * that was not possible. Private to these two. */
#ifndef COMMANDS_SITE_PRIVATE_H
#define COMMANDS_SITE_PRIVATE_H

#include "commands/site.h"
#include "core/problems.h"
#include "core/search.h"
#include "core/world.h"

/* What was seen behind a pid file. Large: for the heap. */
struct view {
	const struct site *site;
	struct world *w;         /* to be opened */
	struct world_found seen; /* why it could not be */
	struct search found;     /* the running masters whose pid file this is */
	int search_error;        /* 0, or -errno: that search failed */
};

/* Adds a problem that says why the world could not be opened. */
void site_explain(const struct view *v, struct problems *problems);

#endif
