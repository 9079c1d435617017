/* What status looks up beside the processes: clients, memory, builds and backups. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/rollback.h"
#include "commands/status.h"
#include "commands/storage.h"
#include "core/facts.h"
#include "core/strays.h"
#include "core/world.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/builds.h"
#include "nginx/clients.h"
#include "nginx/connections.h"
#include "nginx/master.h"
#include "nginx/replaced.h"
#include "nginx/title.h"
#include "os/clock.h"
#include "os/file_id.h"
#include "os/memory.h"
#include "trust/actor.h"
#include "trust/program.h"

/* ---- clients ---- */

static int begin_count(struct connections_of *of, const struct generation *g,
		       const struct generation_facts *f, bool others)
{
	size_t i;

	of->master = g->subject.process.pid;
	of->ask = others || f->leaving;
	of->workers = malloc((g->count + 1) * sizeof(*of->workers));
	if (!of->workers)
		return -ENOMEM;
	for (i = 0; i < g->count; i++)
		of->workers[of->count++] = g->workers[i].pid;
	return 0;
}

static void count_clients(const struct world *w, const struct facts *f, bool others,
			  struct status_seen *ret)
{
	struct connections_of of[2];
	int r;

	memset(of, 0, sizeof(of));
	r = begin_count(&of[0], &w->old, &f->old, others);
	if (!r && f->new.alive)
		r = begin_count(&of[1], &w->new, &f->new, others);
	if (!r)
		r = connections_count(of, f->new.alive ? 2 : 1);
	free(of[0].workers);
	free(of[1].workers);
	ret->count_error = r;
	ret->of[0].connections = of[0].clients;
	ret->of[1].connections = of[1].clients;
}

/* The oldest client of the workers that leave: for its end they wait. */
static void find_oldest(const struct world *w, const struct generation *g, struct client *ret)
{
	const pid_t masters[2] = {w->old.subject.process.pid, w->new.subject.process.pid};
	pid_t *pids = malloc((g->count + 1) * sizeof(*pids));
	struct clients c;
	size_t n = 0;
	size_t i;

	clients_init(&c);
	c.ask_oldest = true;
	for (i = 0; pids && i < g->count; i++) {
		if (g->workers[i].title == TITLE_LEAVING)
			pids[n++] = g->workers[i].pid;
	}
	if (n)
		clients_count(pids, n, masters, NULL, &c);
	*ret = c.oldest;
	clients_free(&c);
	free(pids);
}

/* ---- one generation ---- */

/* By -V, once for each image: it costs an execution. */
static void look_at_build(const struct generation *g, struct status_kept *kept, size_t which,
			  struct status_generation *ret)
{
	struct program program = PROGRAM_NONE;
	struct actor as;
	struct ask_failure why;
	struct build_info b;

	if (!kept->builds[which].version[0] ||
	    !file_id_equal(&kept->builds[which].image, &g->subject.image_id)) {
		(void)snprintf(kept->builds[which].version, sizeof(ret->version), "unknown");
		kept->builds[which].tls[0] = '\0';
		kept->builds[which].image = g->subject.image_id;
		as = actor_of(&g->subject, NULL);
		if (program_of(&g->subject, &program) == 0 &&
		    version_ask(&program, &as, &b, &why) == 0) {
			(void)snprintf(kept->builds[which].version, sizeof(ret->version), "%s",
				       b.version);
			(void)snprintf(kept->builds[which].tls, sizeof(ret->tls), "%s",
				       b.tls ? b.tls : "");
			build_info_free(&b);
		}
		program_close(&program);
		actor_free(&as);
	}
	memcpy(ret->version, kept->builds[which].version, sizeof(ret->version));
	memcpy(ret->tls, kept->builds[which].tls, sizeof(ret->tls));
}

static uint64_t memory_of(const struct generation *g)
{
	pid_t *pids = malloc((g->count + 1) * sizeof(*pids));
	uint64_t memory = 0;
	size_t i;

	for (i = 0; pids && i < g->count; i++)
		pids[i] = g->workers[i].pid;
	if (pids)
		memory = memory_about(g->subject.process.pid, pids, g->count);
	free(pids);
	return memory;
}

static void look_at_generation(const struct world *w, const struct generation *g,
			       const struct generation_facts *f, struct status_kept *kept,
			       size_t which, struct status_generation *ret)
{
	ret->pid = g->subject.process.pid;
	ret->facts = *f;
	ret->age_us = clock_age_us(g->subject.process.start_ticks);
	ret->memory = memory_of(g);
	look_at_build(g, kept, which, ret);
	if (f->leaving)
		find_oldest(w, g, &ret->oldest);
}

/* ---- where a rollback would go ---- */

static void look_at_backups(const struct world *w, struct status_kept *kept)
{
	const struct generation *serves = w->new.subject.process.pid ? &w->new : &w->old;
	struct way_back *back;
	struct builds builds;

	if (kept->have_backups)
		return;
	kept->have_backups = true;
	back = storage_new(sizeof(*back));
	if (!back || builds_of(&w->old_master, &w->believed, &builds) < 0 ||
	    way_back_find(&builds, serves->subject.image, back) < 0)
		(void)snprintf(kept->backups, sizeof(kept->backups), "not known");
	else if (!back->kept.count)
		(void)snprintf(kept->backups, sizeof(kept->backups), "none");
	else
		(void)snprintf(kept->backups, sizeof(kept->backups),
			       "%zu kept; \"nginx-handover rollback\" %s%s%s%s", back->kept.count,
			       back->to ? "goes to " : "has nothing to go back to",
			       back->to ? back->to->version : "", back->to ? ", " : "",
			       back->to ? back->to->path : "");
	free(back);
}

void status_look_due(struct world *w, const struct facts *f, struct status_seen *ret)
{
	struct replaced r;

	if (f->new.alive && (!f->closing || !f->old.alive || !world_keep_new(w)))
		return;
	replaced_find(&w->old_master, &r, ret->due_text, sizeof(ret->due_text));
	ret->due = ret->due_text[0] != '\0';
	ret->once_more = r.once_more;
}

void status_look(const struct world *w, const struct facts *f, struct status_kept *kept,
		 struct status_seen *ret)
{
	char target[PATH_MAX];

	memset(ret, 0, sizeof(*ret));
	ret->quitting = f->quitting;
	ret->draining = f->new.alive && f->closing;
	ret->strays_error = strays_find(w, 0, "", &ret->strays);
	count_clients(w, f, ret->strays_error < 0 || ret->strays.count, ret);
	look_at_generation(w, &w->old, &f->old, kept, 0, &ret->of[0]);
	if (f->new.alive)
		look_at_generation(w, &w->new, &f->new, kept, 1, &ret->of[1]);
	(void)snprintf(ret->pid_file, sizeof(ret->pid_file), "%s", w->pid_file.path);
	if (master_binary(&w->old_master, target) == 0)
		(void)snprintf(ret->binary, sizeof(ret->binary), "%s",
			       master_own_path(&w->old_master, target));
	look_at_backups(w, kept);
}
