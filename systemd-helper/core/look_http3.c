/* What looks show of HTTP/3: sockets that nobody reads, and our program that leads clients. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide.h"
#include "core/facts.h"
#include "core/look_http3.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_steer.h"
#include "nginx/quic_taken.h"
#include "nginx/title.h"

int generation_contested(const struct generation *new_one, const struct generation *old_one,
			 struct quic_contested *ret)
{
	size_t count;
	pid_t *workers;
	int r = generation_titled(old_one, TITLE_LEAVING, &workers, &count);

	if (r < 0)
		return r;
	r = count ? quic_contested_look(new_one->subject.process.pid, workers, count, ret)
		  : -ENOENT;
	free(workers);
	return r;
}

int generation_unread(const struct generation *g, struct quic_unread *ret)
{
	size_t count;
	pid_t *workers;
	int r = generation_titled(g, TITLE_WORKER, &workers, &count);

	if (r < 0)
		return r;
	/* Where no worker accepts there are worse problems to report. */
	r = count ? quic_unread_look(g->subject.process.pid, workers, count, ret) : -ENOENT;
	free(workers);
	return r;
}

bool generation_serves_http3(const struct generation *g)
{
	struct quic_taken taken = {NULL, 0};
	bool serves;
	pid_t *workers;
	size_t count;

	if (generation_titled(g, TITLE_WORKER, &workers, &count) < 0)
		return false;
	serves = quic_take(&g->subject, workers, count, &taken) == 0 && taken.count > 0;
	quic_taken_free(&taken);
	free(workers);
	return serves;
}

/* Whether all workers read their sockets: one that starts does not yet. */
static bool all_read(const struct generation_facts *g)
{
	return g->alive && g->idle && g->accepting && !g->starting && !g->deaths;
}

static bool is_gone(const struct generation_facts *g)
{
	return !g->alive && !g->orphans;
}

void look_at_unread(const struct world *w, struct facts *f)
{
	bool of_old = all_read(&f->old) && is_gone(&f->new);
	const struct generation *g = of_old ? &w->old : &w->new;
	struct quic_unread found;
	pid_t *workers;
	size_t count;

	if (!w->quic || w->beside || (!of_old && !(all_read(&f->new) && is_gone(&f->old))))
		return;
	if (world_workers(w, &workers, &count) < 0)
		return;
	if (quic_unread_look(g->subject.process.pid, workers, count, &found) == 0)
		f->unread = found.unread;
	free(workers);
}

static uint64_t masters_key(const struct world *w, const struct facts *f)
{
	uint64_t sum = f->old.alive ? (uint64_t)w->old.subject.process.pid : 0;

	if (f->new.alive)
		sum |= (uint64_t)w->new.subject.process.pid << 32;
	return sum;
}

void look_at_steering(struct world *w, struct facts *f)
{
	const struct subject *new_master = f->new.alive ? &w->new.subject : NULL;
	uint64_t now = masters_key(w, f);
	struct quic_steer found;

	if (!w->quic || w->beside)
		return;
	if (now && now != w->led_of && quic_steer_look(&w->old.subject, new_master, &found) == 0) {
		w->led = found.to;
		w->led_of = now;
	}
	f->steered = w->led != QUIC_STEER_NONE;
	f->switched = w->led == QUIC_STEER_NEW;
}

void run_note_unread(struct run *run)
{
	memset(&run->unread, 0, sizeof(run->unread));
	/*
	 * Where it cannot be read nothing is said. While the old generation drains nothing can be
	 * done about sockets that its workers have left.
	 */
	if (run->outcome == OUTCOME_DONE && run->facts.new.alive)
		(void)generation_unread(&run->world.new, &run->unread);
}
