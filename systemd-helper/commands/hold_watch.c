/*
 * The process that watches over a hold. It has no terminal, and nobody waits for it: what it says
 * goes to the journal or syslog. It looks, judges (core/hold.c), and what is to be done then is
 * what "finish" or "rollback" do, under the lock that those have. While another run has that, it
 * only looks on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/hold_private.h"
#include "commands/resume.h"
#include "core/hold.h"
#include "init/init.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/moment.h"
#include "ui/say.h"

/* A whole look; and whether children came or went, which costs little: no reload is missed then. */
#define LOOK_US  1000000u
#define PEEK_US  50000u
#define PEEK_MAX LOOK_US
enum { PEEK_COSTS = 100 };

/* How long the lock is waited for, which nobody seemed to have. */
#define LOCK_US (2u * USEC_PER_SEC)

enum { GENERATIONS = 2 };

struct watch {
	struct session *s;
	struct hold hold;
	struct children children[GENERATIONS];
	uint64_t until_us;
	bool unseen; /* the last look has failed */
};

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

/* Until a signal, the end of a master, other children, the time for a whole look, or the end. */
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
		if (alive && children_moved(w))
			return;
		peek_us = (clock_us() - now_us) * PEEK_COSTS;
		if (peek_us < PEEK_US)
			peek_us = PEEK_US;
		if (peek_us > PEEK_MAX)
			peek_us = PEEK_MAX;
	}
}

/* Who ends what is held knows what he does: his end is waited for, a second at most. */
static bool somebody_works(const struct watch *w)
{
	struct process holder = PROCESS_NONE;
	struct lock_subjects subjects;
	char what[64];

	if (session_subjects(w->s->settings, &w->s->site, &subjects) < 0 ||
	    lock_holder(&subjects, &holder, what, sizeof(what)) < 0)
		return false;
	process_wait(&holder, LOOK_US);
	process_close(&holder);
	return true;
}

static void look(struct watch *w)
{
	struct run *run = &w->s->run;

	w->unseen = observe(&run->world, &run->facts) < 0;
	waker_watch_process(&run->waker, 0, &run->world.old.subject.process);
	waker_watch_process(&run->waker, 1, &run->world.new.subject.process);
}

/* The next thing to be done that is not to wait. -1: a signal came. */
static int await_move(struct watch *w, enum fault *ret_fault)
{
	enum hold_move move;

	for (;;) {
		look(w);
		move = w->unseen ? HOLD_WAIT
				 : hold_judge(&w->hold, &w->s->run.facts, clock_us(), w->until_us,
					      ret_fault);
		if (waker_take_signal())
			return -1;
		if (move == HOLD_OVER || (move != HOLD_WAIT && !somebody_works(w)))
			return (int)move;
		if (move == HOLD_WAIT)
			await_change(w);
	}
}

static const char *what_happens(enum hold_move move, enum fault fault)
{
	switch (move) {
	case HOLD_FINISH: return "its time is up: it is finished";
	case HOLD_AGAIN:
		return "somebody has sent HUP to the old master, and its workers accept once more: it is told to take them away again";
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
	struct say_field fields[] = {{"old_pid", NULL, (uint64_t)master_of(w, 0)},
				     {"new_pid", NULL, (uint64_t)master_of(w, 1)},
				     {NULL, NULL, 0}};

	say_event(move == HOLD_FINISH ? SAY_NOTICE : SAY_WARNING, "hold", fields,
		  "held (new master %d, old master %d): %s", (int)master_of(w, 1),
		  (int)master_of(w, 0), what_happens(move, fault));
}

/*
 * Forward or back, in the world that has been watched. What its workers did before is judged
 * already; the run has its own eyes for what comes now.
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

/* Under the lock, when it is still so. -1: it goes on; else the exit code. */
static int do_it(struct watch *w, enum hold_move move, enum fault fault)
{
	struct session *s = w->s;
	enum fault now_fault = fault;
	int r;

	s->verb = move == HOLD_BACK ? "rollback" : "finish";
	if (session_lock(&s->lock, s->settings, &s->site, s->verb, LOCK_US))
		return -1;
	init_prepare(); /* so that it is said in the name of the unit */
	look(w);
	if (!w->unseen &&
	    hold_judge(&w->hold, &s->run.facts, clock_us(), w->until_us, &now_fault) == move) {
		say_move(w, move, now_fault);
		session_trace_begin(s);
		r = act_on(w, move, now_fault);
		session_trace_end(s);
		if (r != EXIT_HELD) {
			/* Handed over is a success of who was to see to it; undone is none. */
			return session_handed_over(r) ? 0 : r;
		}
		hold_begin(&w->hold, &s->run.facts);
	}
	lock_release(&s->lock);
	return -1;
}

/* Whoever ends it by another command tells us to go, and has the lock. */
static int say_told_to_go(const struct watch *w)
{
	if (!somebody_works(w))
		say(SAY_WARNING,
		    "held (new master %d, old master %d): whoever watched over it was told to end, and nobody does any more. What to do: \"nginx-handover finish\" makes the new generation final, \"nginx-handover rollback\" goes back",
		    (int)master_of(w, 1), (int)master_of(w, 0));
	return 0;
}

static int watch(struct watch *w)
{
	enum fault fault = FAULT_NONE;
	int r = -1;

	look(w);
	hold_begin(&w->hold, &w->s->run.facts);
	(void)children_moved(w);
	while (r < 0) {
		int move = await_move(w, &fault);

		if (move < 0)
			return say_told_to_go(w);
		if (move == HOLD_OVER)
			return 0;
		r = do_it(w, (enum hold_move)move, fault);
	}
	return r;
}

static int begin(struct session *s, uint64_t until_s, struct lock *lock)
{
	struct problems problems = {.count = 0};
	char holder[160];
	int r = hold_lock(lock, s->settings, &s->site, until_s, holder, sizeof(holder));

	if (r < 0) {
		say(SAY_ERROR, "this hold cannot be watched over: %s",
		    r == -EWOULDBLOCK ? holder : strerror(-r));
		session_end(s);
		return r == -EWOULDBLOCK ? EXIT_LOCKED : 1;
	}
	s->looks_only = true;
	r = session_take_no_lock(s, "finish");
	if (r)
		return r;
	if (session_open_world(s, &problems) == 0 && world_unfinished(&s->run.facts))
		return 0;
	session_end(s);
	return -1; /* it is over */
}

int hold_watch(const struct settings *settings)
{
	static struct session s;
	static struct watch w;
	struct lock lock = {.fd = -1};
	uint64_t until_s;
	uint64_t now_s = moment_now();
	int r;

	if (moment_parse(settings->held_until, &until_s) < 0) {
		say(SAY_ERROR,
		    "option: \"%.100s\" for held-until is not a moment. Nothing was done. What to do: leave that option to \"nginx-handover upgrade --hold\"",
		    settings->held_until);
		return 2;
	}
	init_stand_alone();
	r = session_find(&s, settings);
	if (r)
		return r;
	r = begin(&s, until_s, &lock);
	if (!r) {
		w.s = &s;
		w.until_us = clock_us() + (until_s > now_s ? until_s - now_s : 0) * USEC_PER_SEC;
		r = watch(&w);
		children_free(&w.children[0]);
		children_free(&w.children[1]);
		session_end(&s);
	}
	lock_release(&lock);
	return r;
}
