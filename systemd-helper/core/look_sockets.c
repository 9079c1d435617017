/*
 * Looks at the sockets of the two generations, and only where something depends on it: the kernel
 * lists the sockets of the whole machine.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/facts.h"
#include "core/look_sockets.h"
#include "core/world.h"
#include "nginx/left.h"
#include "nginx/listeners.h"
#include "nginx/title.h"
#include "os/procfs.h"

/* An error that means "this may not be read" is 0: the facts stay unknown. */
static int unless_forbidden(int r)
{
	return r == -ENOENT ? 0 : procfs_unless_gone(r);
}

/*
 * Looks at the sockets of a master. A master with only UDP sockets can be judged only together with
 * those of the other master.
 */
static int look_at_listeners(const struct generation *g, const struct generation *other,
			     struct listeners *ret, bool *ret_open)
{
	struct listeners of_other;
	struct listeners found;
	const struct listeners *also = NULL;
	int r = listeners_look(g->subject.process.pid, &found);

	if (!r && !found.streams && found.datagrams && other->subject.process.pid) {
		r = listeners_look(other->subject.process.pid, &of_other);
		also = r == 0 ? &of_other : NULL;
		if (r == -ESRCH)
			r = 0;
	}
	if (r < 0)
		return r;
	*ret = found;
	*ret_open = listeners_are_open(&found, also);
	return 0;
}

int world_look_at_sockets(struct world *w)
{
	struct listeners found;
	bool open;
	int r = look_at_listeners(&w->old, &w->new, &found, &open);

	if (r < 0)
		return unless_forbidden(r);
	w->had_streams = w->had_streams || found.streams;
	w->datagrams = !found.streams && found.datagrams;
	w->listens = open && (found.streams || !w->had_streams);
	/* A master that has had QUIT closes its sockets at once (nginx: ngx_quit). */
	w->closing = w->new.subject.process.pid > 0 && !w->listens;
	w->neighbours = found.neighbours;
	return 0;
}

/*
 * The case that all workers of the new master leave: either it has had QUIT, at which it closes its
 * sockets, or others have told the workers, and it will start them again.
 */
static int look_at_new_listeners(const struct world *w, struct facts *f)
{
	const struct generation_facts *g = &f->new;
	struct listeners found;
	bool open;
	int r;

	if (!g->alive || g->accepting || g->starting || !g->leaving)
		return 0;
	r = look_at_listeners(&w->new, &w->old, &found, &open);
	if (r < 0)
		return unless_forbidden(r);
	f->new_listens = open;
	return 0;
}

/* The case that all workers of the only master leave: after QUIT, or after WINCH by hand. */
static int look_at_the_only(const struct world *w, struct facts *f)
{
	const struct generation_facts *g = &f->old;
	pid_t *leaving;
	size_t count;
	bool quics = false;
	int r;

	if (!g->alive || f->new.alive || g->accepting || g->starting || !g->leaving)
		return 0;
	f->quitting = !w->listens;
	if (f->quitting || !w->datagrams)
		return 0;
	r = generation_titled(&w->old, TITLE_LEAVING, &leaving, &count);
	if (r < 0)
		return r;
	r = listeners_are_quics(w->old.subject.process.pid, leaving, count, &quics);
	free(leaving);
	f->quitting = quics;
	return unless_forbidden(r);
}

/*
 * A value that changes with the workers of the new generation that read, and with whether any of
 * the old one do. Never 0.
 */
static uint64_t readers_key(const struct world *w, const struct facts *f)
{
	uint64_t sum = f->old.accepting ? 3 : 1;
	size_t i;

	for (i = 0; i < w->new.count; i++) {
		const struct worker *worker = &w->new.workers[i];

		if (worker->title == TITLE_WORKER)
			sum = (sum ^ (uint64_t)worker->pid ^ worker->start_ticks << 24) *
			      1099511628211u; /* FNV-1a's prime */
	}
	return sum | 1;
}

static int look_for_left(const struct world *w, bool *ret)
{
	struct left_ask ask = {.old_master = w->old.subject.process.pid,
			       .new_master = w->new.subject.process.pid};
	pid_t *old_workers = NULL;
	pid_t *new_workers = NULL;
	int r = generation_titled(&w->old, TITLE_WORKER, &old_workers, &ask.old_count);

	if (!r)
		r = generation_titled(&w->new, TITLE_WORKER, &new_workers, &ask.new_count);
	if (!r) {
		ask.old_workers = old_workers;
		ask.new_workers = new_workers;
		r = left_to_nobody(&ask, ret);
	}
	free(old_workers);
	free(new_workers);
	return r;
}

/* Looked for when the new generation is ready, and again when its workers have changed. */
static int look_at_stalls(struct world *w, struct facts *f)
{
	const struct generation_facts *g = &f->new;
	uint64_t now;
	bool stalls = false;
	int r;

	f->winch_stalls = w->stalls;
	if (!f->old.alive || !g->alive || !g->idle || !g->accepting || g->starting || f->closing)
		return 0;
	now = readers_key(w, f);
	if (now == w->stalls_of)
		return 0;
	r = look_for_left(w, &stalls);
	if (r < 0)
		return unless_forbidden(r);
	w->stalls_of = now;
	f->winch_stalls = w->stalls = stalls;
	return 0;
}

int look_at_sockets(struct world *w, struct facts *f)
{
	int r = 0;

	if (w->resumed && f->old.alive && f->new.alive && !f->old.accepting)
		r = world_look_at_sockets(w);
	/* Of a master with only UDP sockets this means QUIT only when its workers leave, too. */
	f->closing = w->closing && !(w->datagrams && f->old.accepting);
	if (!r)
		r = look_at_new_listeners(w, f);
	if (!r)
		r = look_at_the_only(w, f);
	return r < 0 ? r : look_at_stalls(w, f);
}
