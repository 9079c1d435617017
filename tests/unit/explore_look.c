/*
 * One look, in the order in which observe() reads: is the old master idle, is the new one, the pid
 * file and the old master's children, the new master's children, the other files. nginx goes on
 * between the parts, so that a look can show what was never true at one moment.
 */
#include <string.h>

#include "explore.h"

static void look_at_old_master(struct state *s)
{
	s->stale = 0;
	s->seen_old_alive = s->old_alive;
	s->seen_old_idle = old_idle(s);
}

static void look_at_new_master(struct state *s)
{
	s->seen_new_alive = s->knows_new && new_runs(s);
	s->seen_new_idle = s->seen_new_alive && new_idle(s);
}

static void look_at_old_workers(struct state *s)
{
	const struct workers *w = &s->oldw;

	s->seen_pid_file = s->pid_file;
	if (!s->old_alive) {
		s->seen_old_alive = s->seen_old_idle = 0;
		s->seen_old_orphans = s->known_old && workers_all(w);
		return;
	}
	if (!s->seen_old_alive)
		return;
	s->known_old = 1;
	s->seen_old_fresh = w->fresh_accepting > 0;
	s->seen_old_accepting = w->accepting > w->fresh_accepting || w->accepting_told;
	/* Before it executes, the new master is a child like a worker to be. */
	s->seen_old_starting = w->starting || w->starting_told || s->new_stage == NEW_FORKED;
	s->seen_old_leaving = w->leaving > 0;
	s->seen_newcomer = !s->knows_new && new_runs(s);
}

static void look_at_new_workers(struct state *s)
{
	const struct workers *w = &s->neww;

	if (s->seen_new_alive && !new_runs(s))
		s->seen_new_alive = s->seen_new_idle = 0;
	if (s->seen_new_alive) {
		s->seen_new_accepting = w->accepting || w->accepting_told;
		s->seen_new_starting = w->starting || w->starting_told;
		s->seen_new_leaving = w->leaving > 0;
		s->known_new = workers_all(w);
	} else if (s->known_new && !new_lives(s)) {
		s->seen_new_orphans = workers_all(w) > 0;
		s->seen_new_accepting = workers_all(w) > w->leaving;
	}
	s->deaths |= s->death_fresh;
	s->death_fresh = 0;
	/* Its workers, and whether it is idle, are for the next look. */
	if (s->seen_newcomer && !s->seen_new_alive)
		s->seen_new_alive = s->knows_new = new_runs(s);
	s->seen_newcomer = 0;
}

static void look_one_part(struct state *s)
{
	switch (s->mode) {
	case MODE_WAIT: look_at_old_master(s); break;
	case MODE_LOOK1: look_at_new_master(s); break;
	case MODE_LOOK2: look_at_old_workers(s); break;
	default: look_at_new_workers(s); break;
	}
	s->mode = s->mode == MODE_WAIT ? MODE_LOOK1 : s->mode + 1;
}

void look_part(struct state *s)
{
	look_one_part(s);
	if (!bounds.deep)
		look_one_part(s);
	s->until = s->polls_old = s->polls_new = 0;
}

/* By the pids that the run knows, of the living and of the dead. */
static enum pid_file_state pid_file_shows(const struct state *s)
{
	switch (s->seen_pid_file) {
	case FILE_MISSING: return PID_FILE_MISSING;
	case FILE_EMPTY: return PID_FILE_EMPTY;
	case FILE_OLD: return PID_FILE_OLD;
	default: return s->knows_new ? PID_FILE_NEW : PID_FILE_OTHER;
	}
}

static void forget_parts(struct state *s)
{
	s->seen_old_idle = s->seen_old_alive = s->seen_old_accepting = 0;
	s->seen_old_starting = s->seen_old_leaving = s->seen_old_orphans = 0;
	s->seen_old_fresh = 0;
	s->seen_new_idle = s->seen_new_alive = s->seen_new_accepting = 0;
	s->seen_new_starting = s->seen_new_leaving = s->seen_new_orphans = 0;
	s->seen_pid_file = 0;
}

void look_fails(struct state *s)
{
	forget_parts(s);
}

/* Only who has installed a file knows which one it must be, and what else was asked for. */
static void look_at_flaw(struct state *s, struct facts *ret)
{
	bool known = s->command == CMD_UPGRADE && ret->new.alive && s->flaw;

	if (known && ret->new.idle && ret->new.accepting)
		s->settled = 1;
#define FLAW_SHOWS(name, fault, fact, what)                                                        \
	ret->fact = known && s->settled && s->flaw == FLAW_##name;
	FLAWS(FLAW_SHOWS)
#undef FLAW_SHOWS
	if (known && s->flaw == FLAW_IMAGE && !ret->old.alive)
		ret->binary_installed = false;
}

/* More than a look shows: it does not look while both live. */
static unsigned unread(const struct state *s, const struct facts *f)
{
	if (!s->heals)
		return 0;
	if (f->old.alive)
		return s->unread_old && f->old.idle && f->old.accepting && !f->old.starting;
	return s->unread_new && f->new.idle && f->new.accepting && !f->new.starting;
}

void look_ends(struct state *s, struct facts *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->old.alive = s->seen_old_alive;
	ret->old.idle = s->seen_old_idle;
	ret->old.accepting = s->seen_old_accepting + s->seen_old_fresh;
	ret->old.fresh = s->seen_old_fresh;
	ret->old.starting = s->seen_old_starting;
	ret->old.leaving = s->seen_old_leaving;
	ret->old.orphans = s->seen_old_orphans;
	ret->new.alive = s->seen_new_alive;
	ret->new.idle = s->seen_new_idle;
	ret->new.accepting = s->seen_new_alive && s->seen_new_accepting;
	ret->new.starting = s->seen_new_starting;
	ret->new.leaving = s->seen_new_leaving;
	ret->new.orphans = s->seen_new_orphans;
	ret->new.orphans_accepting = s->seen_new_orphans && s->seen_new_accepting;
	ret->new.deaths = s->deaths;
	ret->pid_file = pid_file_shows(s);
	ret->oldbin = s->seen_old_alive && s->oldbin;
	ret->closing = s->old_alive && s->old_quit && s->old_step == OLD_SLEEPS;
	ret->new_listens = ret->new.leaving && !ret->new.accepting && !ret->new.starting &&
			   new_lives(s) && !s->new_quit;
	ret->winch_stalls = s->stalls;
	/* Queues that are never empty; by a bit that says nothing else before QUIT. */
	ret->queued = s->drain_term && ret->old.accepting && ret->new.accepting;
	ret->binary_installed = s->path_new;
	ret->binary_is_old = s->path_new == s->old_runs_new;
	ret->probe = s->probe;
	ret->unread = unread(s, ret);
	ret->steered = s->quic && s->steer != STEER_NONE;
	ret->switched = s->quic && s->steer == STEER_NEW;
	look_at_flaw(s, ret);
	forget_parts(s);
}
