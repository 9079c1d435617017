/*
 * The watcher: the process that watches over a hold. It has no terminal, and nobody waits for it;
 * it logs to the journal or syslog. It looks at nginx, core/hold.c judges what is to be done, and
 * then it does what "finish" or "rollback" do, under the same lock. While another run has that
 * lock, it only looks.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/history.h"
#include "commands/hold_private.h"
#include "commands/resume.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/storage.h"
#include "commands/watcher.h"
#include "core/fault.h"
#include "core/hold.h"
#include "core/observe.h"
#include "core/worker_list.h"
#include "core/world.h"
#include "init/init.h"
#include "os/children.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/lock.h"
#include "os/moment.h"
#include "os/process.h"
#include "os/waker.h"
#include "ui/say.h"

/*
 * How often to look at nginx; and how often to look just whether masters have other children, which
 * costs little and lets no reload be missed. The second is made less often where one look takes
 * more than a hundredth (1 / PEEK_COSTS) of that time.
 */
#define LOOK_US  1000000u
#define PEEK_US  50000u
#define PEEK_MAX LOOK_US
enum { PEEK_COSTS = 100 };

/* How long to wait for the lock, which nobody had a moment before. */
#define LOCK_US (2u * USEC_PER_SEC)

enum { GENERATIONS = 2 };

/*
 * How many exchanges of all workers between two looks are taken for reloads, in HOLD_DEATHS_US.
 * After more of them, workers are taken to have died.
 */
enum { RELOADS_UNSEEN = 4 };

struct watch {
	struct session *s;
	struct hold hold;
	struct children children[GENERATIONS]; /* of the old and the new master, at the last look */
	uint64_t until_us;                     /* when the hold ends (clock_us) */
	bool unseen;                           /* the last look has failed */
	uint64_t reload_us;                    /* since when these are counted: */
	unsigned reloads;                      /* reloads that no look has seen half done */
};

/* i: 0 is the old generation, 1 the new one. */
static pid_t master_of(const struct watch *w, size_t i)
{
	const struct world *world = &w->s->run.world;

	return (i ? &world->new : &world->old)->subject.process.pid;
}

/* Whether a master has other children than at the last call, or is gone. */
static bool children_moved(struct watch *w)
{
	bool moved = false;
	size_t i;

	for (i = 0; i < GENERATIONS; i++) {
		struct children *c = &w->children[i];
		pid_t *before = c->pids;
		size_t count = c->count;

		c->pids = NULL;
		c->count = c->room = 0;
		if (children_look(c, master_of(w, i)) < 0 || c->count != count ||
		    (count && memcmp(before, c->pids, count * sizeof(*before)) != 0))
			moved = true;
		free(before);
	}
	return moved;
}

/* Waits for a signal, the end of a master, other children, the next look, or the end of the hold.
 */
static void await_change(struct watch *w)
{
	struct run *run = &w->s->run;
	uint64_t began_us = clock_us();
	uint64_t end_us = began_us + LOOK_US;
	uint64_t peek_us = PEEK_US;
	bool alive = true;

	if (w->until_us > began_us && w->until_us < end_us)
		end_us = w->until_us;
	while (alive && clock_us() < end_us) {
		uint64_t now_us = clock_us();
		uint64_t left_us = end_us > now_us ? end_us - now_us : 0;

		waker_watch(&run->waker, left_us < peek_us ? left_us : peek_us);
		if (waker_signalled())
			return;
		alive = process_alive(&run->world.old.subject.process) &&
			process_alive(&run->world.new.subject.process);
		now_us = clock_us();
		if (alive && (children_moved(w) || !workers_same(&run->world.new)))
			return;
		peek_us = (clock_us() - now_us) * PEEK_COSTS;
		if (peek_us < PEEK_US)
			peek_us = PEEK_US;
		if (peek_us > PEEK_MAX)
			peek_us = PEEK_MAX;
	}
}

/*
 * Where all workers were exchanged between two looks, takes that for a reload, if there were not
 * too many of them (RELOADS_UNSEEN). An ordinary run does so once; a hold lasts longer.
 */
static void believe_reload(struct watch *w)
{
	struct generation *g = &w->s->run.world.new;
	uint64_t now_us = clock_us();

	if (!g->missed)
		return;
	if (now_us - w->reload_us > HOLD_DEATHS_US) {
		w->reload_us = now_us;
		w->reloads = 0;
	}
	if (w->reloads == RELOADS_UNSEEN)
		return;
	w->reloads++;
	g->missed = false;
}

static void look_at_masters(struct watch *w)
{
	struct run *run = &w->s->run;

	believe_reload(w);
	w->unseen = observe(&run->world, &run->facts) < 0;
	waker_watch_process(&run->waker, 0, &run->world.old.subject.process);
	waker_watch_process(&run->waker, 1, &run->world.new.subject.process);
}

/* Looks and waits until there is something to do. False: a signal came. */
static bool await_move(struct watch *w, enum hold_move *ret_move, enum fault *ret_fault)
{
	enum hold_move move;

	for (;;) {
		look_at_masters(w);
		move = w->unseen ? HOLD_WAIT
				 : hold_judge(&w->hold, &w->s->run.facts, clock_us(), w->until_us,
					      ret_fault);
		if (waker_take_signal())
			return false;
		if (move == HOLD_OVER || (move != HOLD_WAIT && !watcher_stands_back(w->s))) {
			*ret_move = move;
			return true;
		}
		if (move == HOLD_WAIT)
			await_change(w);
	}
}

static const char *what_happens(enum hold_move move, enum fault fault)
{
	switch (move) {
	case HOLD_FINISH: return "its time is up: the handover is finished";
	case HOLD_AGAIN:
		return "somebody has sent HUP to the old master, and its workers accept again: they are ended again";
	default:
		if (fault == FAULT_NEW_GONE)
			return "the new master is gone: the old generation comes back";
		if (fault == FAULT_WORKERS_DIE)
			return "workers of the new generation die again and again: the old one comes back";
		return "no worker of the new generation accepts any more: the old one comes back";
	}
}

static void say_move(const struct watch *w, enum hold_move move, enum fault fault)
{
	pid_t new_pid =
		master_of(w, 1) > 0 ? master_of(w, 1) : 0; /* 0: it died before the first look */
	struct say_field fields[] = {{"old_pid", NULL, (uint64_t)master_of(w, 0)},
				     {"new_pid", NULL, (uint64_t)new_pid},
				     {NULL, NULL, 0}};

	say_event(move == HOLD_FINISH ? SAY_NOTICE : SAY_WARNING, "hold", fields,
		  "held (new master %d, old master %d): %s", (int)new_pid, (int)master_of(w, 0),
		  what_happens(move, fault));
}

/*
 * Goes forward or back, in the world that has been watched. Deaths of workers and faults that were
 * judged already do not count again in this run. Returns the exit code.
 */
static int act_on(struct watch *w, enum hold_move move, enum fault fault)
{
	struct session *s = w->s;
	uint64_t now_us = clock_us();

	s->run.world.new.deaths = s->run.world.old.deaths = 0;
	s->run.fault = s->run.late_fault = FAULT_NONE;
	s->run.ask.hold_us = 0;
	if (move == HOLD_BACK) {
		s->run.fault = fault;
		return resume_back(s);
	}
	if (move == HOLD_AGAIN && now_us < w->until_us)
		s->run.ask.hold_us = w->until_us - now_us;
	return resume_forward(s);
}

/* Takes the lock, looks once more, and makes the move if it is still right. False: the hold goes
 * on. */
static bool make_move(struct watch *w, enum hold_move move, enum fault fault, int *ret_code)
{
	struct session *s = w->s;
	enum fault now_fault = fault;
	int r;

	s->verb = move == HOLD_BACK ? "rollback" : "finish";
	if (session_lock(&s->lock, s->settings, &s->site, s->verb, LOCK_US))
		return false;
	s->init->ops.prepare(s->init); /* what is logged from here on is logged for the unit */
	look_at_masters(w);
	if (!w->unseen &&
	    hold_judge(&w->hold, &s->run.facts, clock_us(), w->until_us, &now_fault) == move) {
		say_move(w, move, now_fault);
		session_trace_begin(s);
		r = act_on(w, move, now_fault);
		session_trace_end(s);
		if (r != EXIT_HELD) {
			/* The watcher has done its work if the handover is final. */
			*ret_code = session_handed_over(r) ? 0 : r;
			return true;
		}
		hold_begin(&w->hold, &s->run.facts);
	}
	lock_release(&s->lock);
	return false;
}

/* A run that ends the hold has the lock and sends us SIGTERM. Prints a warning where somebody else
 * has sent a signal: the hold goes on, and nobody watches. Returns the exit code. */
static int say_told_to_end(const struct watch *w)
{
	if (!watcher_stands_back(w->s))
		say(SAY_WARNING,
		    "held (new master %d, old master %d): the process that watched it was told to end, and no other watches it now. What to do: \"nginx-handover finish\" makes the new generation final, \"nginx-handover rollback\" goes back",
		    (int)master_of(w, 1), (int)master_of(w, 0));
	return 0;
}

static int watch_hold(struct watch *w)
{
	enum fault fault = FAULT_NONE;
	enum hold_move move;
	int r;

	look_at_masters(w);
	hold_begin(&w->hold, &w->s->run.facts);
	(void)children_moved(w);
	do {
		if (!await_move(w, &move, &fault))
			return say_told_to_end(w);
		if (move == HOLD_OVER)
			return 0;
	} while (!make_move(w, move, fault, &r));
	return r;
}

/*
 * Whether there is a hold to watch over. Not only an unfinished handover: the new master may have
 * died before the first look. nginx then starts the old workers by itself (nginx:
 * ngx_reap_children), but the new build is still at the path where the next start would execute it.
 */
static bool is_to_be_watched(const struct session *s)
{
	uint64_t until_s;

	return world_unfinished(&s->run.facts) || history_was_held(s, &until_s);
}

/* Takes the watcher's lock and opens the world. 0; else the session has been ended, and it is the
 * exit code, or COMMAND_OVER. */
static int begin_to_watch(struct session *s, uint64_t until_s, struct lock *lock)
{
	char what[WATCHER_WHAT_SIZE];
	const struct watcher w = {
		.purpose = HOLD_PURPOSE, .what = hold_lock_text(until_s, what), .verb = "finish"};
	int r = watcher_begin(
		s, &w,
		"\"nginx-handover finish\" makes it final, \"nginx-handover rollback\" takes it back",
		lock);

	if (r)
		return r;
	if (session_open_world(s) == 0 && is_to_be_watched(s))
		return 0;
	session_end(s);
	return COMMAND_OVER; /* the hold is over already */
}

/* until_s: since 1970. Returns the exit code, or COMMAND_OVER. */
static int watch_until_moment(const struct settings *settings, struct session *s, uint64_t until_s)
{
	struct watch w = {.s = s};
	struct lock lock = {.fd = -1};
	uint64_t now_s = moment_now();
	int r = session_find(s, settings);

	if (r)
		return r;
	r = begin_to_watch(s, until_s, &lock);
	if (!r) {
		w.until_us = clock_us() + (until_s > now_s ? until_s - now_s : 0) * USEC_PER_SEC;
		r = watch_hold(&w);
		children_free(&w.children[0]);
		children_free(&w.children[1]);
		session_end(s);
	}
	lock_release(&lock);
	return r;
}

int hold_watch(const struct settings *settings)
{
	struct session *s;
	uint64_t until_s;
	int r;

	if (moment_parse(settings->held_until, &until_s) < 0) {
		say(SAY_ERROR,
		    "option: \"%.100s\" for held-until is not a moment. Nothing was done. What to do: leave that option to \"nginx-handover upgrade --hold\"",
		    settings->held_until);
		return EXIT_USAGE;
	}
	settings->caller->part = false; /* it belongs to no job of the unit that it runs in */
	s = storage_new(sizeof(*s));
	if (!s)
		return EXIT_FAILED;
	r = watch_until_moment(settings, s, until_s);
	free(s);
	return r;
}
