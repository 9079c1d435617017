/*
 * Which clients were cut off, and whether a setting had asked for it. All this is only for messages
 * at the end; it decides nothing.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/cut.h"
#include "core/decide.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/clients.h"
#include "nginx/error_log.h"
#include "nginx/title.h"
#include "os/clock.h"
#include "os/socket_holders.h"

/*
 * Times around the end of worker_shutdown_timeout: how long before it the clients are counted in
 * each look, and within which time the end of a drain is attributed to it.
 */
enum { LAST_MOMENT_US = 300000, EARLY_US = 20000, LATE_US = 500000 };

void cut_reset(struct cut *c)
{
	uint64_t shutdown_us = c->shutdown_us;

	clients_free(&c->clients);
	clients_free(&c->last);
	free(c->drained);
	memset(c, 0, sizeof(*c));
	clients_init(&c->clients);
	clients_init(&c->last);
	c->shutdown_us = shutdown_us;
}

bool cut_any(const struct cut *c)
{
	return clients_any(&c->clients) || c->killed || c->left || c->shut_down;
}

static void count_clients(const struct run *run, const struct generation *g, bool also_leaving,
			  bool also_others, const struct inodes *known, struct clients *ret)
{
	const struct world *w = &run->world;
	const pid_t masters[2] = {generation_master(&w->old, &run->facts.old),
				  generation_master(&w->new, &run->facts.new)};
	pid_t *pids = malloc((g->count + 1) * sizeof(*pids));
	size_t n = 0;
	size_t i;

	if (!pids) {
		ret->error = -ENOMEM;
		return;
	}
	for (i = 0; i < g->count; i++) {
		if (g->workers[i].title == TITLE_LEAVING ? also_leaving : also_others)
			pids[n++] = g->workers[i].pid;
	}
	if (n)
		clients_count(pids, n, masters, known, ret);
	free(pids);
}

static bool has_drained(const void *arg, pid_t pid)
{
	const struct cut *c = arg;
	size_t i;

	for (i = 0; i < c->drained_count; i++) {
		if (c->drained[i] == pid)
			return true;
	}
	return false;
}

/* Until this run ends processes itself, all that the log tells about that was done by others. */
static void read_log(struct run *run)
{
	struct cut *c = &run->cut;
	pid_t master = run->world.old.subject.process.pid;

	if (c->sent)
		return;
	c->killed = run->log.fd >= 0 ? error_log_killed(&run->log, master) : c->deaths;
	c->left = error_log_left(&run->log, has_drained, c);
}

void cut_count(struct run *run, const struct generation *g, bool also_leaving, struct clients *ret)
{
	read_log(run);
	clients_init(ret);
	count_clients(run, g, also_leaving, true, &run->cut.clients.sockets, ret);
}

void cut_count_waiting(const struct run *run, struct clients *ret)
{
	const struct world *w = &run->world;

	clients_init(ret);
	if (run->ask.goal == GOAL_FORWARD && !run->facts.old.accepting && run->facts.new.alive)
		clients_waiting(w->old.subject.process.pid, w->new.subject.process.pid, ret);
	ret->error = 0; /* an error is no sign that a client waited */
}

/* When the generation was told to leave; 0: it was not. */
static uint64_t told_us(const struct run *run, const struct generation *g)
{
	const struct history *h = &run->history;
	uint64_t us = 0;

	if (g == &run->world.new)
		us = h->acted_us[ACT_QUIT_NEW];
	else
		us = h->acted_us[ACT_WINCH] ? h->acted_us[ACT_WINCH] : h->acted_us[ACT_QUIT_OLD];
	return us ? us : h->acted_us[ACT_QUIT_ORPHANS];
}

/*
 * Whether a setting has asked for the cut. Forward only drain_term does. On the way back processes
 * that do not obey are ended, too, without any setting.
 */
static bool is_asked(const struct run *run, uint64_t after_us)
{
	const struct ask *a = &run->ask;

	if (a->goal == GOAL_STOP)
		return true;
	return a->drain_term && after_us >= a->drain_timeout_us;
}

void cut_note(struct run *run, const struct generation *g, struct clients *clients)
{
	struct cut *c = &run->cut;
	uint64_t told = told_us(run, g);
	uint64_t since = told ? told : run->history.began_us;
	uint64_t now = clock_us();

	if (clients_any(clients)) {
		c->after_us = now > since ? now - since : 0;
		c->unasked = c->unasked || !is_asked(run, c->after_us);
		clients_add(&c->clients, clients);
	}
	c->sent = c->sent || !clients->waiting; /* QUIT cuts only clients that wait */
	clients_free(clients);
}

static bool was_told(const struct run *run)
{
	return told_us(run, &run->world.old) || run->history.acted_us[ACT_TERM_OLD] ||
	       run->history.acted_us[ACT_KILL_OLD];
}

/*
 * Whether the end of worker_shutdown_timeout is near: at most before_us away, or it came at most
 * after_us before the last look. Looks that are far apart, as on a busy machine, begin earlier.
 */
static bool is_near_shutdown(const struct run *run, uint64_t before_us, uint64_t after_us)
{
	uint64_t told = told_us(run, &run->world.old);
	uint64_t at = told + run->cut.shutdown_us;

	return run->cut.shutdown_us && told && run->history.now_us + before_us >= at &&
	       run->cut.looked_us <= at + after_us;
}

/*
 * Counts the clients that are left. When the time is over a worker has cut them and may still be
 * there, so what was counted before that stays.
 */
static void count_last(struct run *run)
{
	struct cut *c = &run->cut;
	struct clients left;

	clients_init(&left);
	count_clients(run, &run->world.old, true, false, NULL, &left);
	if (is_near_shutdown(run, EARLY_US, LATE_US) &&
	    clients_sum(&left) < clients_sum(&c->last)) {
		clients_free(&left);
		return;
	}
	clients_free(&c->last);
	c->last = left;
}

/*
 * worker_shutdown_timeout of the old generation: when it is over nginx itself cuts the clients that
 * are left.
 */
static void watch_shutdown(struct run *run)
{
	struct cut *c = &run->cut;
	const struct generation_facts *f = &run->facts.old;
	uint64_t gap_us = c->looked_us ? run->history.now_us - c->looked_us : 0;

	if (!is_near_shutdown(run, LAST_MOMENT_US + 2 * gap_us, LATE_US) || c->sent)
		return;
	if (f->leaving || f->orphans) {
		count_last(run);
	} else if (is_near_shutdown(run, EARLY_US, LATE_US)) {
		c->shut_down = clients_sum(&c->last) > 0;
	}
}

static void add_drained(struct cut *c, pid_t pid)
{
	pid_t *longer = realloc(c->drained, (c->drained_count + 1) * sizeof(*longer));

	if (!longer)
		return;
	c->drained = longer;
	c->drained[c->drained_count++] = pid;
}

static void note_drained(struct run *run)
{
	const struct generation *g = &run->world.old;
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (g->workers[i].title == TITLE_LEAVING &&
		    !has_drained(&run->cut, g->workers[i].pid))
			add_drained(&run->cut, g->workers[i].pid);
	}
}

void cut_watch(struct run *run)
{
	if (!was_told(run))
		run->cut.deaths = run->facts.old.deaths;
	note_drained(run);
	watch_shutdown(run);
	run->cut.looked_us = run->history.now_us;
}

void cut_end(struct run *run)
{
	struct cut *c = &run->cut;

	if (run->ask.goal != GOAL_RELOAD)
		read_log(run);
	if (run->outcome != OUTCOME_DRAINING)
		return;
	clients_free(&c->last);
	c->last.ask_oldest = true;
	count_clients(run, &run->world.old, true, true, NULL, &c->last);
}
