/*
 * The workers of a generation from look to look: which came, which went, and what that says about
 * their master.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/facts.h"
#include "core/worker_list.h"
#include "core/workers.h"
#include "core/world.h"
#include "nginx/title.h"
#include "os/clock.h"
#include "os/file_id.h"
#include "os/process.h"
#include "os/procfs.h"

struct worker *list_find(const struct generation *g, pid_t pid)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (g->workers[i].pid == pid)
			return &g->workers[i];
	}
	return NULL;
}

static int add_worker(struct generation *g, pid_t pid)
{
	struct worker *workers;
	struct proc_stat stat;
	int r = procfs_stat(pid, &stat);

	if (r < 0)
		return r == -ESRCH ? 0 : r;
	if (stat.state == 'Z')
		return 0;
	workers = realloc(g->workers, (g->count + 1) * sizeof(*workers));
	if (!workers)
		return -ENOMEM;
	g->workers = workers;
	memset(&workers[g->count], 0, sizeof(*workers));
	workers[g->count].pid = pid;
	workers[g->count].start_ticks = stat.start_ticks;
	workers[g->count].start_stack = stat.start_stack;
	workers[g->count].young = g->complete;
	g->count++;
	return 0;
}

void list_drop(struct generation *g, const struct worker *worker)
{
	size_t i = (size_t)(worker - g->workers);

	memmove(&g->workers[i], &g->workers[i + 1], (g->count - i - 1) * sizeof(*worker));
	g->count--;
}

int list_take(struct generation *g, pid_t child, struct worker **ret)
{
	int r = 0;

	*ret = list_find(g, child);
	if (!*ret) {
		r = add_worker(g, child);
		*ret = list_find(g, child);
	}
	return r;
}

void list_set_title(struct generation *g, struct worker *worker, enum title title)
{
	if (title == TITLE_MASTER)
		title = TITLE_OTHER;
	if (worker->young && worker->title == TITLE_OTHER && title != TITLE_OTHER)
		g->came++;
	worker->title = title;
}

/* A failed look does not mean that the worker is dead. */
static bool worker_lives(const struct worker *worker)
{
	struct proc_stat stat;
	int r = procfs_stat(worker->pid, &stat);

	return r < 0 ? r != -ESRCH
		     : stat.state != 'Z' && stat.state != 'X' &&
			       stat.start_ticks == worker->start_ticks;
}

void list_forget_gone(struct generation *g)
{
	size_t kept = 0;
	size_t i;

	g->died = 0;
	for (i = 0; i < g->count; i++) {
		struct worker *worker = &g->workers[i];

		/*
		 * The kernel may leave a child out of the list while another exits: look at it
		 * itself.
		 */
		if (worker->seen || worker_lives(worker)) {
			g->workers[kept++] = *worker;
			continue;
		}
		if (worker->replaced)
			continue;
		g->went++;
		if (worker->title == TITLE_WORKER || worker->title == TITLE_OTHER)
			g->died++;
	}
	g->deaths += g->died;
	g->died_since += g->died;
	g->count = kept;
}

/*
 * For how long a reload shows both sets of workers, less the time a worker takes to get its title.
 */
#define BOTH_SETS_US 80000u

/*
 * Whether a new set is believed that no look has seen, complete, beside the former one. That must
 * have been there for some looks, and this is believed once in a run.
 */
static bool may_believe(const struct generation *g)
{
	return g->complete && g->unchanged > 1 && !g->missed;
}

/*
 * Whether the looks may have been too far apart to show two sets beside each other: on a busy
 * machine, or where all of /proc is searched for lack of a list of children.
 */
static bool may_have_missed(const struct generation *g)
{
	return may_believe(g) && g->gap_most_us > BOTH_SETS_US;
}

/*
 * Whether a new set came that no look has seen beside the former one: one look shows a whole set,
 * the next one a whole other set, which may be smaller. Workers that crash do not all do so between
 * two looks and then stay. The new set is watched for as long as the first was.
 */
static bool missed_new_set(const struct generation *g, bool all_titled)
{
	return may_have_missed(g) && all_titled && g->set && g->went == g->set && g->came;
}

/*
 * Whether those that went have left for the new set, and the look that found it came too late to
 * see them leave.
 */
static bool missed_leaving(const struct generation *g, bool new_set)
{
	return may_have_missed(g) && new_set && g->died_since;
}

/*
 * A worker that has no title yet, while none of the former set has gone: it replaces no dead one.
 */
static void note_beside(struct generation *g)
{
	size_t i;

	for (i = 0; i < g->count && !g->went; i++)
		g->workers[i].beside = g->workers[i].beside || g->workers[i].young;
}

/*
 * Whether single workers prove a new set, where no more came than went: one that came was there
 * before any other went, or one of the former set leaves, as its master has told it to.
 */
static bool proven_by_one(const struct generation *g)
{
	bool proven = false;
	size_t i;

	for (i = 0; i < g->count; i++) {
		const struct worker *worker = &g->workers[i];

		if (worker->young)
			proven = proven || (worker->beside && worker->title == TITLE_WORKER);
		else
			proven = proven || (worker->title == TITLE_LEAVING && !worker->replaced);
	}
	return proven && g->came && g->came <= g->went && may_believe(g);
}

/* They are no deaths. */
static void take_back_deaths(struct generation *g)
{
	g->deaths -= g->died_since < g->deaths ? g->died_since : g->deaths;
	g->died_since = 0;
	g->missed = true;
}

bool workers_same(struct generation *g)
{
	size_t i;

	if (!g->complete || g->came || g->went)
		return false;
	for (i = 0; i < g->count; i++) {
		if (g->workers[i].title == TITLE_OTHER)
			return false;
	}
	g->unchanged++;
	g->looked_us = clock_us();
	return true;
}

static void set_is_complete(struct generation *g)
{
	size_t i;

	for (i = 0; i < g->count; i++)
		g->workers[i].young = g->workers[i].beside = false;
	g->unchanged = g->came || g->went || !g->complete ? 1 : g->unchanged + 1;
	g->complete = true;
	g->came = g->went = g->died_since = 0;
	g->gap_most_us = 0;
	g->set = 0;
	for (i = 0; i < g->count; i++)
		g->set += !g->workers[i].replaced;
}

/* Less than the 100 ms between the starts of two sets. Linux counts start times in 1/100 s. */
enum { SETS_APART_TICKS = 8 };

/*
 * The start time of the youngest worker, if two sets have come since the last complete one; else 0.
 */
static uint64_t second_set(const struct generation *g)
{
	uint64_t youngest = 0;
	size_t i;

	for (i = 0; g->came > g->went + g->set && i < g->count; i++) {
		if (g->workers[i].start_ticks > youngest)
			youngest = g->workers[i].start_ticks;
	}
	return youngest;
}

/*
 * A master starts one child for each that has gone, and a whole set when it reads its configuration
 * again: then the former set stays beside the new one for 100 ms (nginx: ngx_master_process_cycle,
 * ngx_reconfigure). So if more workers came than went, that is a new set, whoever sent HUP, and the
 * workers from before have to leave. That is no death, whether or not a look sees them leave. If
 * HUP came again in that time the younger set has replaced the elder one, which was not complete
 * yet.
 */
void list_note_new_set(struct generation *g, const struct generation_facts *now)
{
	bool all_titled = now->alive && now->idle;
	bool by_one = proven_by_one(g);
	bool new_set = g->came > g->went || by_one;
	uint64_t youngest = second_set(g);
	size_t i;

	note_beside(g);
	if (g->gap_us > g->gap_most_us)
		g->gap_most_us = g->gap_us;
	for (i = 0; i < g->count; i++) {
		struct worker *worker = &g->workers[i];

		if (new_set &&
		    (!worker->young || worker->start_ticks + SETS_APART_TICKS <= youngest))
			worker->replaced = true;
		all_titled = all_titled && worker->title != TITLE_OTHER;
	}
	if (missed_leaving(g, new_set) || (by_one && g->died_since)) {
		take_back_deaths(g);
	} else if (missed_new_set(g, all_titled)) {
		take_back_deaths(g);
		new_set = true;
	}
	g->renewed = g->renewed || new_set;
	if (all_titled)
		set_is_complete(g);
}

void list_count(const struct generation *g, struct generation_facts *ret)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (!ret->alive) {
			ret->orphans++;
			ret->orphans_accepting += g->workers[i].title != TITLE_LEAVING;
			continue;
		}
		switch (g->workers[i].intruder ? TITLE_HELPER : g->workers[i].title) {
		case TITLE_WORKER:
			ret->accepting++;
			ret->fresh += g->had_hup && !g->workers[i].before_hup;
			break;
		case TITLE_LEAVING: ret->leaving++; break;
		case TITLE_HELPER: break;
		default: ret->starting++; break;
		}
	}
	ret->deaths = g->deaths;
	ret->renewed = g->renewed;
}

void workers_before_hup(struct generation *g)
{
	size_t i;

	for (i = 0; i < g->count; i++)
		g->workers[i].before_hup = true;
	g->deaths = 0;
	g->had_hup = true;
}

void list_look_at_orphan(struct worker *worker)
{
	char cmdline[TITLE_MAX];

	if (title_read(worker->pid, cmdline, sizeof(cmdline)) > 0 &&
	    title_classify(cmdline) != TITLE_MASTER)
		worker->title = title_classify(cmdline);
}

int generation_adopt(struct generation *g, const struct process *p, const struct file_id *image_id)
{
	int r;

	if (list_find(g, p->pid))
		return 0;
	if (!file_id_equal(&g->subject.image_id, image_id)) {
		if (g->count)
			return 0; /* another file: the next search takes it */
		generation_end(g);
		g->subject.image_id = *image_id;
	}
	r = add_worker(g, p->pid);
	return r < 0 ? r : list_find(g, p->pid) != NULL;
}
