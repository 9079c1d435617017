/*
 * A world at the desk that observe() looks at.
 *
 *	one_generation... -> find_world -> look... -> done
 */
#ifndef OBSERVE_FIXTURE_H
#define OBSERVE_FIXTURE_H

#include "core/observe.h"
#include "core/world.h"
#include "desk_fixture.h"

static struct world world;
static struct facts facts;

static inline bool find_world(void)
{
	struct world_found found;

	memset(&facts, 0, sizeof(facts));
	return desk_world(&world, &found);
}

static inline void look(const char *name)
{
	desk_write();
	same_number(observe(&world, &facts), 0, name);
}

static inline void done(void)
{
	world_close(&world);
	desk_empty();
}

static inline bool counts(const struct generation_facts *g, unsigned accepting, unsigned starting,
			  unsigned leaving)
{
	return g->accepting == accepting && g->starting == starting && g->leaving == leaving;
}

#endif
