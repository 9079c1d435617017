/*
 * What found.c saw behind a pid file, and how explain.c says why no nginx was found there. Private
 * to these two.
 */
#ifndef COMMANDS_FOUND_PRIVATE_H
#define COMMANDS_FOUND_PRIVATE_H

#include "commands/site.h"

/* What a pid file and the processes of this moment say together. */
struct view {
	const struct site *site;
	struct world *w;
	struct world_fault fault;
	struct search found; /* masters with that pid file */
	int search_error;    /* 0, or -errno: who runs could not be looked at */
};

/* Says as a problem what is there instead of a world that can be opened. */
void found_explain(const struct view *v, struct problems *problems);

#endif
