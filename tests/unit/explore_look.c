/*
 * One look, in the order in which observe() reads: is the old master idle, is the new one, the pid
 * files and sockets, the old master and its workers, the new master and its workers. nginx goes on
 * between the parts, so that a look can show what was never true at one moment.
 */
#include <string.h>

#include "explore.h"

/* Without its parent a new master is found by the pid file, or because this run knew it before. */
bool new_shows(const struct state *s)
{
	return new_runs(s) && (s->old_alive || s->knows_new || s->pid_file == FILE_NEW);
}

static enum pid_file_state pid_file_shows(const struct state *s)
{
	switch (s->pid_file) {
	case FILE_MISSING: return PID_FILE_MISSING;
	case FILE_EMPTY: return PID_FILE_EMPTY;
	case FILE_OLD: return s->old_alive ? PID_FILE_OLD : PID_FILE_OTHER;
	default: return new_shows(s) ? PID_FILE_NEW : PID_FILE_OTHER;
	}
}

static void look_at_old(struct state *s, bool forked_shows)
{
	const struct workers *w = &s->oldw;

	s->seen_old_alive = s->old_alive;
	s->seen_old_accepting = s->seen_old_starting = s->seen_old_leaving = 0;
	s->seen_old_orphans = 0;
	if (!s->old_alive) {
		s->seen_old_orphans = s->known_old && workers_all(w);
		return;
	}
	s->known_old = 1;
	s->seen_old_accepting = w->accepting || w->accepting_told;
	/* Before it executes, the new master is a child that looks like a worker to be. */
	s->seen_old_starting = w->starting || w->starting_told || forked_shows;
	s->seen_old_leaving = w->leaving > 0;
}

void look_part(struct state *s, bool forked_shows)
{
	switch (s->mode) {
	case MODE_WAIT:
		s->seen_old_idle = s->old_alive && s->old_step == OLD_SLEEPS && !s->old_pending;
		s->mode = MODE_LOOK1;
		break;
	case MODE_LOOK1:
		s->seen_new_idle = s->new_stage == NEW_LOOPS && !s->new_pending;
		s->mode = MODE_LOOK2;
		break;
	case MODE_LOOK2:
		s->seen_pid_file = pid_file_shows(s);
		s->seen_oldbin = s->old_alive && s->oldbin;
		s->seen_closing = s->old_alive && s->old_quit && s->old_step == OLD_SLEEPS;
		s->mode = MODE_LOOK3;
		break;
	default:
		look_at_old(s, forked_shows);
		s->mode = MODE_LOOK4;
		break;
	}
	s->until = 0;
}

/* The last part, and all together. What the run remembers of it is left to the caller. */
void look_whole(const struct state *s, struct facts *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->old.alive = s->seen_old_alive;
	ret->old.idle = s->seen_old_idle;
	ret->old.accepting = s->seen_old_accepting;
	ret->old.starting = s->seen_old_starting;
	ret->old.leaving = s->seen_old_leaving;
	ret->old.orphans = s->seen_old_orphans;
	ret->new.alive = new_shows(s);
	if (ret->new.alive) {
		ret->new.idle = s->seen_new_idle;
		ret->new.accepting = s->neww.accepting + s->neww.accepting_told;
		ret->new.starting = s->neww.starting + s->neww.starting_told;
		ret->new.leaving = s->neww.leaving;
	} else if (!new_lives(s) && s->known_new) {
		ret->new.orphans = workers_all(&s->neww);
	}
	ret->new.deaths = s->deaths || s->death_fresh;
	ret->pid_file = s->seen_pid_file;
	ret->oldbin = s->seen_oldbin;
	ret->closing = s->seen_closing;
	ret->winch_stalls = s->stalls;
	ret->binary_installed = s->path_new;
	ret->binary_is_old = s->path_new == s->old_runs_new;
}
