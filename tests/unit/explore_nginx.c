/*
 * What two nginx masters and their workers do by themselves, as ngx_master_process_cycle() has it:
 * one wake-up takes all that is pending, reaps, then goes through its flags in a fixed order; a
 * flag behind a `continue` stays for the next wake-up, which nobody may ever send.
 */
#include <string.h>

#include "explore.h"

unsigned old_workers(const struct state *s)
{
	return s->old_runs_new ? NEW_WORKERS : bounds.old_workers;
}

unsigned workers_all(const struct workers *w)
{
	return w->starting + w->accepting + w->starting_told + w->accepting_told + w->leaving;
}

bool new_lives(const struct state *s)
{
	return s->new_stage != NEW_NONE && s->new_stage != NEW_ZOMBIE;
}

bool new_runs(const struct state *s)
{
	return new_lives(s) && s->new_stage != NEW_FORKED;
}

bool somebody_accepts(const struct state *s)
{
	return s->strays || s->oldw.accepting || s->oldw.accepting_told || s->neww.accepting ||
	       s->neww.accepting_told;
}

void workers_told(struct workers *w)
{
	w->starting_told += w->starting;
	w->accepting_told += w->accepting;
	w->starting = w->accepting = w->fresh_starting = w->fresh_accepting = 0;
	w->crashed = 0; /* nginx does not start one again that it has told to leave */
}

void workers_gone(struct workers *w)
{
	memset(w, 0, sizeof(*w));
}

static void workers_start(struct workers *w, unsigned count)
{
	w->starting = w->starting + count > 5 ? 5 : w->starting + count;
}

/* After this run's HUP these are told apart from those before. */
static void old_starts(struct state *s, unsigned count)
{
	unsigned before = s->oldw.starting;

	workers_start(&s->oldw, count);
	if (acted_code(s, ACT_HUP))
		s->oldw.fresh_starting += s->oldw.starting - before;
}

/* Who is killed leaves his workers to serve on. */
void old_dies(struct state *s)
{
	s->old_alive = 0;
	s->old_step = s->old_pending = s->old_child = 0;
	s->old_noaccepting = s->old_quit = s->old_term = s->old_live = 0;
	s->old_reconfigure = s->old_restart = s->old_change = s->old_noaccept = 0;
	s->restless = 0;
	s->oldbin = 0;
	s->oldw.crashed = 0;
	if (s->new_stage == NEW_ZOMBIE)
		s->new_stage = NEW_NONE;
	s->unread_old = 0;
}

void new_dies(struct state *s)
{
	s->new_stage = s->old_alive ? NEW_ZOMBIE : NEW_NONE;
	if (s->old_alive)
		s->old_pending |= P_CHLD;
	s->new_pending = s->new_quit = s->new_term = s->new_live = s->new_hangs = 0;
	s->flaw = s->settled = s->deaf = s->unread_new = 0;
	s->crash_mode = CRASH_NEVER;
	s->neww.crashed = 0;
	if (!workers_all(&s->neww))
		workers_gone(&s->neww);
}

static void old_exits(struct state *s)
{
	/* nginx: ngx_delete_pidfile(), by what it believes of its child. */
	if (s->old_child == CHILD_NONE)
		s->pid_file = FILE_MISSING;
	old_dies(s);
}

static void new_exits(struct state *s)
{
	s->pid_file = FILE_MISSING;
	new_dies(s);
}

static void old_noaccept(struct state *s)
{
	if (!s->old_noaccept)
		return;
	s->old_noaccept = 0;
	s->old_noaccepting = 1;
	workers_told(&s->oldw);
}

/* The flags up to the rename of a change of binary. */
static void old_flags(struct state *s, bool config_broken)
{
	s->old_step = OLD_SLEEPS;
	if (!s->old_live && (s->old_term || s->old_quit)) {
		old_exits(s);
		return;
	}
	if (s->old_term) {
		if (workers_all(&s->oldw))
			s->old_pending |= P_CHLD;
		workers_gone(&s->oldw);
		return;
	}
	if (s->old_quit) {
		workers_told(&s->oldw);
		return;
	}
	if (s->old_reconfigure) {
		s->old_reconfigure = 0;
		if (s->old_child != CHILD_NONE) {
			old_starts(s, old_workers(s));
			s->old_noaccepting = 0;
			return; /* nginx leaves `live` as it is */
		}
		if (config_broken)
			return;
		s->took_config = acted_code(s, ACT_HUP) != 0;
		old_starts(s, old_workers(s));
		s->old_step = OLD_STARTED;
		return;
	}
	if (s->old_restart) {
		s->old_restart = 0;
		old_starts(s, old_workers(s));
		s->old_live = 1;
	}
	if (s->old_change) {
		s->old_change = 0;
		if (s->pid_file != FILE_OLD)
			s->spoiled = 1;
		s->oldbin = s->pid_file == FILE_OLD;
		s->pid_file = FILE_MISSING;
		s->old_step = OLD_RENAMED;
		return;
	}
	old_noaccept(s);
}

static void old_reaps(struct state *s, bool rename_fails)
{
	if (!s->old_quit && !s->old_term)
		workers_start(&s->oldw, s->oldw.crashed);
	s->oldw.crashed = 0;
	s->old_live = workers_all(&s->oldw) > 0;
	if (s->new_stage != NEW_ZOMBIE)
		return;
	if (s->oldbin && !rename_fails) {
		s->pid_file = FILE_OLD;
		s->oldbin = 0;
	}
	s->new_stage = NEW_NONE;
	s->old_child = CHILD_NONE;
	if (s->old_noaccepting) {
		s->old_noaccepting = 0;
		s->old_restart = 1;
	}
	s->old_step = OLD_REAPED;
}

static void old_wakes(struct state *s, bool rename_fails, bool config_broken)
{
	unsigned got = s->old_pending;

	s->old_pending = 0;
	if ((got & P_USR2) && s->old_child != CHILD_LIVES)
		s->old_change = 1;
	if (got & P_WINCH)
		s->old_noaccept = 1;
	if (got & P_HUP)
		s->old_reconfigure = 1;
	if (got & P_QUIT)
		s->old_quit = 1;
	if (got & P_TERM)
		s->old_term = 1;
	if (got & P_CHLD)
		old_reaps(s, rename_fails);
	if (s->old_step == OLD_SLEEPS)
		old_flags(s, config_broken);
}

static void old_forks(struct state *s)
{
	s->old_step = OLD_SLEEPS;
	s->old_child = CHILD_LIVES;
	s->new_stage = NEW_FORKED;
	s->strays |= s->neww.accepting > 0;
	workers_gone(&s->neww);
	s->known_new = s->knows_new = 0;
	s->unread_new = s->quic;
	old_noaccept(s);
}

/* The last step of HUP: those who were there before the new ones are to leave. */
static void old_reloaded(struct state *s)
{
	struct workers *w = &s->oldw;

	w->accepting_told += w->accepting - old_workers(s);
	w->accepting = old_workers(s);
	s->old_live = 1;
	old_flags(s, false);
}

static void old_steps(const struct state *s, struct steps *to)
{
	bool fault = s->faults_left && s->mode != MODE_ENDED;
	struct state *n;

	if (s->old_step == OLD_REAPED) {
		old_flags(step_add(to, s, "old master goes on after reaping"), false);
	} else if (s->old_step == OLD_STARTED) {
		/* 100 ms are enough for a worker to come up. */
		if (!s->oldw.starting)
			old_reloaded(
				step_add(to, s, "old master tells its former workers to leave"));
	} else if (s->old_step == OLD_RENAMED) {
		old_forks(step_add(to, s, "old master forks"));
	} else if (s->restless && !s->old_pending && s->mode != MODE_ENDED) {
		step_add(to, s, "something wakes the old master")->old_pending = P_CHLD;
	} else if (s->old_pending) {
		old_wakes(step_add(to, s, "old master wakes"), false, false);
		if (fault && (s->old_pending & P_CHLD) && s->new_stage == NEW_ZOMBIE && s->oldbin) {
			n = step_add(to, s, "FAULT: old master wakes, cannot rename the pid file");
			n->faults_left--;
			old_wakes(n, true, false);
		}
		if (fault && (s->old_pending & P_HUP)) {
			n = step_add(to, s, "FAULT: old master wakes, its configuration is broken");
			n->faults_left--;
			old_wakes(n, false, true);
		}
	}
}

static void new_wakes(struct state *s)
{
	unsigned got = s->new_pending;

	s->new_pending = 0;
	if ((got & P_QUIT) && !s->deaf)
		s->new_quit = 1;
	if (got & P_TERM)
		s->new_term = 1;
	if (got & P_CHLD) {
		if (!s->new_quit && !s->new_term)
			workers_start(&s->neww, s->neww.crashed);
		s->neww.crashed = 0;
		s->new_live = workers_all(&s->neww) > 0;
	}
	if (!s->new_live && (s->new_term || s->new_quit)) {
		new_exits(s);
	} else if (s->new_term) {
		if (workers_all(&s->neww))
			s->new_pending |= P_CHLD;
		workers_gone(&s->neww);
	} else if (s->new_quit) {
		workers_told(&s->neww);
	}
}

static void new_goes_on(struct state *s)
{
	s->new_stage++;
	if (s->new_stage == NEW_PID_EMPTY)
		s->pid_file = FILE_EMPTY;
	if (s->new_stage == NEW_PID_WRITTEN)
		s->pid_file = FILE_NEW;
	if (s->new_stage == NEW_FORKS)
		workers_start(&s->neww, 1);
	if (s->new_stage == NEW_LOOPS) {
		workers_start(&s->neww, NEW_WORKERS - 1);
		s->new_live = 1;
	}
}

static void new_steps(const struct state *s, struct steps *to)
{
	static const char *const what[] = {
		"",
		"new master executes the new binary",
		"new master empties the pid file",
		"new master writes the pid file",
		"new master forks a worker",
		"new master forks its last worker, enters its loop",
	};

	if (s->new_stage >= NEW_FORKED && s->new_stage < NEW_LOOPS && !s->new_hangs)
		new_goes_on(step_add(to, s, what[s->new_stage]));
	if (s->new_stage == NEW_LOOPS && s->new_pending)
		new_wakes(step_add(to, s, "new master wakes"));
}

static void worker_ends(struct state *s, bool of_new)
{
	if (of_new && new_lives(s))
		s->new_pending |= P_CHLD;
	if (!of_new && s->old_alive)
		s->old_pending |= P_CHLD;
}

/* Those that started before HUP go on first. */
static void fresh_keeps_up(struct workers *w)
{
	if (w->fresh_starting > w->starting) {
		w->fresh_starting--;
		w->fresh_accepting++;
	}
}

#define WORKER_STEP(from, into, text)                                                              \
	if (w->from) {                                                                             \
		n = step_add(to, s, of_new ? "new worker " text : "old worker " text);             \
		nw = of_new ? &n->neww : &n->oldw;                                                 \
		nw->from--;                                                                        \
		nw->into++;                                                                        \
		fresh_keeps_up(nw);                                                                \
	}

static void worker_steps(const struct state *s, struct steps *to, bool of_new)
{
	const struct workers *w = of_new ? &s->neww : &s->oldw;
	struct workers *nw;
	struct state *n;

	WORKER_STEP(starting, accepting, "accepts")
	WORKER_STEP(starting_told, accepting_told, "accepts, about to leave")
	if (!w->wedged)
		WORKER_STEP(accepting_told, leaving, "turns, leaves")
	if (w->leaving) {
		n = step_add(to, s, of_new ? "new worker is gone" : "old worker is gone");
		nw = of_new ? &n->neww : &n->oldw;
		nw->leaving--;
		if (of_new && s->deaf && nw->crashed < NEW_WORKERS)
			nw->crashed++; /* it has not told it to leave, and starts it again */
		if (!workers_all(nw))
			nw->wedged = 0;
		worker_ends(n, of_new);
	}
}

void nginx_steps(const struct state *s, struct steps *to)
{
	if (s->old_alive)
		old_steps(s, to);
	new_steps(s, to);
	worker_steps(s, to, false);
	worker_steps(s, to, true);
}

bool old_idle(const struct state *s)
{
	return s->old_alive && s->old_step == OLD_SLEEPS && !s->old_pending;
}

bool new_idle(const struct state *s)
{
	return s->new_stage == NEW_LOOPS && !s->new_pending;
}

bool worker_turns(const struct state *s)
{
	return (!s->oldw.wedged && s->oldw.accepting_told) ||
	       (!s->neww.wedged && s->neww.accepting_told);
}

bool nginx_busy(const struct state *s)
{
	if (s->old_alive && !old_idle(s))
		return true;
	if (s->new_stage == NEW_LOOPS ? s->new_pending != 0 : new_lives(s) && !s->new_hangs)
		return true;
	return s->oldw.starting || s->oldw.starting_told || s->neww.starting ||
	       s->neww.starting_told || worker_turns(s);
}
