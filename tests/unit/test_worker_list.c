/* What the workers that came and went from one look to the next say of their master. */
#include <stdlib.h>
#include <string.h>

#include "core/worker_list.h"
#include "tap.h"

static struct worker list[8];
static struct generation g;
static const struct generation_facts idle = {.alive = true, .idle = true};

/* Two workers, as some looks in a row have shown them. */
static void settled(void)
{
	memset(&g, 0, sizeof(g));
	memset(list, 0, sizeof(list));
	g.workers = list;
	g.count = 2;
	list[0].title = list[1].title = TITLE_WORKER;
	list_note_new_set(&g, &idle);
	list_note_new_set(&g, &idle);
	list_note_new_set(&g, &idle);
	g.gap_us = 50000;
}

/* One more with a title. */
static void comes(size_t i)
{
	memset(&list[i], 0, sizeof(list[i]));
	list[i].young = true;
	list_set_title(&g, &list[i], TITLE_WORKER);
	if (g.count <= i)
		g.count = i + 1;
}

/* As list_forget_gone() leaves it. */
static void have_gone(unsigned count)
{
	g.went += count;
	g.died = count;
	g.died_since += count;
	g.deaths += count;
}

static void both_sets(void)
{
	settled();
	comes(2);
	comes(3);
	list_note_new_set(&g, &idle);
	ok(g.renewed, "more that came than went are a new set");
	ok(list[0].replaced && list[1].replaced, "those before it are to leave");
	ok(!list[2].replaced && !list[3].replaced, "it is not");
	comes(4);
	list_note_new_set(&g, &idle);
	ok(list[2].replaced, "the next set, though the first is still there");
}

/* Each stays beside the next for 100 ms, in which the master is not idle: no look calls it
 * complete. */
static void two_reloads_at_once(void)
{
	static const struct generation_facts at_work = {.alive = true};

	settled();
	comes(2);
	comes(3);
	list[2].start_ticks = list[3].start_ticks = 1000;
	list_note_new_set(&g, &at_work);
	comes(4);
	list[4].start_ticks = 1010;
	list_note_new_set(&g, &at_work);
	ok(list[2].replaced && list[3].replaced && !list[4].replaced,
	   "the set of a reload right before, too");
	settled();
	comes(2);
	comes(3);
	list[2].start_ticks = 1000;
	list[3].start_ticks = 1010;
	list_note_new_set(&g, &at_work);
	ok(!list[2].replaced, "a set that is slow to come is one set");
	have_gone(1);
	comes(4);
	list[4].start_ticks = 1020;
	list_note_new_set(&g, &at_work);
	ok(!list[2].replaced, "one that came for one of it that died is no set");
}

static void one_for_one(void)
{
	settled();
	have_gone(1);
	comes(0);
	list_note_new_set(&g, &idle);
	ok(!g.renewed && !list[1].replaced, "one that came for one that went is no set");
	same_number(g.deaths, 1, "but a death");
}

static void all_at_once(uint64_t gap_us, unsigned deaths, const char *name)
{
	settled();
	g.gap_us = gap_us;
	have_gone(2);
	comes(0);
	comes(1);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, deaths, name);
	same_number(g.renewed, deaths == 0, "and is told so");
}

static void looks_far_apart(void)
{
	all_at_once(50000, 2, "a whole set between two looks that would have shown both: deaths");
	all_at_once(80000, 2, "up to that time");
	all_at_once(80001, 0, "between two that could not: a set that no look has seen");
	g.gap_us = 500000;
	list_note_new_set(&g, &idle);
	list_note_new_set(&g, &idle);
	have_gone(2);
	comes(0);
	comes(1);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, 2, "once in a run");
}

static void not_settled(void)
{
	settled();
	g.unchanged = 1;
	g.gap_us = 500000;
	have_gone(2);
	comes(0);
	comes(1);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, 2, "a set that one look alone has shown may crash in a loop");
	settled();
	g.gap_us = 500000;
	have_gone(1);
	comes(0);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, 1, "one of two is no set");
}

/* One of the former set has gone before a look, the other one is seen beside the new set. */
static void half_gone(uint64_t gap_us, unsigned deaths, const char *name)
{
	settled();
	g.gap_us = gap_us;
	have_gone(1);
	comes(2);
	comes(3);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, deaths, name);
	ok(g.renewed && list[1].replaced, "the other one is to leave");
}

static void half_seen(void)
{
	half_gone(80000, 1, "between two looks that would have shown both sets: it has died");
	half_gone(80001, 0, "between two that could not: it has left for the new set");
	g.missed = false; /* as a hold does */
	list_note_new_set(&g, &idle);
	same_number(g.deaths, 0, "which is taken off once");
	settled();
	g.unchanged = 1;
	g.gap_us = 200000;
	have_gone(1);
	comes(2);
	comes(3);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, 1, "nothing is believed of a set that one look alone has shown");
}

/* The configuration asks for one worker now, and no look has seen it beside the former two. */
static void fewer(uint64_t gap_us, unsigned deaths, const char *name)
{
	settled();
	g.gap_us = gap_us;
	have_gone(2);
	comes(0);
	g.count = 1;
	list_note_new_set(&g, &idle);
	same_number(g.deaths, deaths, name);
	same_number(g.renewed, deaths == 0, "and is told so");
}

/* As many came as went, but one of the former set is seen on its way out: its master has told it to
 * leave. */
static void one_leaves(void)
{
	settled();
	have_gone(1);
	list_set_title(&g, &list[0], TITLE_LEAVING);
	comes(1);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, 0, "one is seen to leave: the other one has left, too");
	ok(g.renewed && list[0].replaced && !list[1].replaced, "for a new set");
	settled();
	have_gone(1);
	list_set_title(&g, &list[0], TITLE_LEAVING);
	list_note_new_set(&g, &idle);
	ok(!g.renewed, "none came: that is WINCH, and no new set");
	same_number(g.deaths, 1, "which does not tell that the other one has not died");
}

/* What proves a set once does not excuse a death in that set. */
static void one_of_the_new_set_dies(void)
{
	settled();
	comes(2);
	comes(3);
	list_note_new_set(&g, &idle);
	have_gone(1);
	comes(2);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, 1, "one of a set that was seen to come has died");
}

/* A worker that was there before the former one went, and had no title yet. */
static void beside_without_title(bool beside, unsigned deaths, const char *name)
{
	static const struct generation_facts at_work = {.alive = true};

	settled();
	if (!beside)
		have_gone(1);
	memset(&list[2], 0, sizeof(list[2]));
	list[2].young = true;
	g.count = 3;
	list_note_new_set(&g, &at_work);
	if (beside)
		have_gone(1);
	list_set_title(&g, &list[2], TITLE_WORKER);
	list_note_new_set(&g, &idle);
	same_number(g.deaths, deaths, name);
	same_number(g.renewed, deaths == 0, "and is told so");
}

/* No look has seen both sets, and the one in which the former was gone came before the titles. */
static void missed_before_the_titles(void)
{
	static const struct generation_facts busy = {.alive = true};

	settled();
	g.gap_us = 200000;
	have_gone(2);
	list_note_new_set(&g, &busy);
	comes(0);
	comes(1);
	g.died = 0;
	g.gap_us = 50000;
	list_note_new_set(&g, &idle);
	ok(g.missed && g.renewed, "a new set all the same");
	same_number(g.deaths, 0, "and nobody has died");
}

/* A look that finds workers without their titles is no look at a complete set. */
static void without_titles(void)
{
	settled();
	ok(workers_same(&g), "nothing has changed since a complete set");
	memset(&list[2], 0, sizeof(list[2]));
	list[2].young = true;
	g.count = 3;
	list_note_new_set(&g, &idle);
	ok(!workers_same(&g), "one that has no title yet must be looked at again");
}

/* One that has executed something may still hold every socket that a worker reads. */
static void intruders(void)
{
	pid_t *titled;
	size_t count;

	settled();
	list[0].pid = 7;
	list[1].pid = 8;
	same_number(generation_titled(&g, TITLE_WORKER, &titled, &count), 0, "two workers");
	same_number(count, 2, "are both listed");
	free(titled);
	list[0].intruder = true;
	same_number(generation_titled(&g, TITLE_WORKER, &titled, &count), 0, "one is an intruder");
	ok(count == 1 && titled[0] == 8, "and proves nothing about sockets");
	free(titled);
	same_number(generation_titled(&g, TITLE_LEAVING, &titled, &count), 0, "none leaves");
	same_number(count, 0, "and none is listed");
	free(titled);
}

int main(void)
{
	both_sets();
	two_reloads_at_once();
	one_for_one();
	looks_far_apart();
	not_settled();
	missed_before_the_titles();
	fewer(80000, 2, "two that would have been seen beside one that came: deaths");
	fewer(80001, 0, "two between looks that are far apart: one is the whole new set");
	one_leaves();
	one_of_the_new_set_dies();
	beside_without_title(true, 0,
			     "one that came before the other one went does not replace a dead one");
	beside_without_title(false, 1, "one that came after it went does");
	half_seen();
	without_titles();
	intruders();
	return tap_end();
}
