/* What the helper does when it acts: its signals arrive, its files are moved, or it is refused. */
#include "explore.h"

static bool signal_old(struct state *s, unsigned signal)
{
	if (!s->old_alive)
		return false;
	if (signal & (P_QUIT | P_TERM))
		s->old_told_quit = 1;
	s->old_pending |= signal;
	return true;
}

static bool signal_new(struct state *s, unsigned signal)
{
	if (!new_runs(s))
		return false;
	s->new_pending |= signal;
	return true;
}

static bool kill_old(struct state *s)
{
	if (!s->old_alive)
		return false;
	s->old_told_quit = 1;
	old_dies(s);
	workers_gone(&s->oldw);
	return true;
}

/* In an undo those that only finish their clients may do so. */
static void keep_leaving(struct workers *w)
{
	unsigned leaving = w->leaving;

	workers_gone(w);
	w->leaving = leaving;
}

static void end_workers(const struct state *s, struct workers *w)
{
	if (s->goal == GOAL_BACK && !s->drain_term)
		keep_leaving(w);
	else
		workers_gone(w);
}

static bool kill_new(struct state *s)
{
	if (!new_runs(s))
		return false;
	new_dies(s);
	end_workers(s, &s->neww);
	return true;
}

static bool end_orphans(struct state *s, void (*end)(struct workers *w))
{
	if (end == workers_gone && s->goal == GOAL_BACK && !s->drain_term)
		end = keep_leaving;
	if (s->sweeps_old && s->known_old)
		end(&s->oldw);
	if (s->sweeps_new && s->known_new)
		end(&s->neww);
	s->sweeps_old = s->sweeps_new = 0;
	return true;
}

/* Whoever serves without a master shares the sockets, whether or not a look has seen him before. */
static bool finds_all(struct state *s)
{
	if (!s->old_alive && workers_all(&s->oldw))
		s->known_old = 1;
	s->knows_new |= new_runs(s);
	if (!new_lives(s)) {
		s->neww.accepting += s->strays;
		s->strays = 0;
		s->known_new = workers_all(&s->neww) > 0;
	}
	/* One that has executed nothing yet is found, too, as a worker; there is no such one here.
	 */
	s->hidden = s->new_stage == NEW_FORKED;
	return true;
}

/* As act_heal(), it finds its master or nobody. */
static bool heal(struct state *s)
{
	if (!s->old_alive && !new_runs(s))
		return false;
	if (s->sticks)
		return true;
	if (s->old_alive)
		s->unread_old = 0;
	else
		s->unread_new = 0;
	return true;
}

/* The program stays where it is; where it leads to is a word in its map. */
static bool lead(struct state *s, enum steer_to to)
{
	if (to == STEER_OLD && !s->old_alive)
		return false;
	if (to == STEER_NEW && (!new_runs(s) || !s->neww.accepting))
		return false;
	if (to == STEER_NONE || to == STEER_OLD || (s->steer && !s->sticks))
		s->steer = to;
	return true;
}

static bool do_act(struct state *s)
{
	switch ((enum action)s->action) {
	case ACT_INSTALL: s->path_new = s->installed = 1; return true;
	case ACT_USR2: return signal_old(s, P_USR2);
	case ACT_WINCH: return new_runs(s) && signal_old(s, P_WINCH);
	case ACT_HUP_OLD: return signal_old(s, P_HUP);
	case ACT_QUIT_OLD: return signal_old(s, P_QUIT);
	case ACT_TERM_OLD: return signal_old(s, P_TERM);
	case ACT_KILL_OLD: return kill_old(s);
	case ACT_QUIT_NEW: return signal_new(s, P_QUIT);
	case ACT_TERM_NEW: return signal_new(s, P_TERM);
	case ACT_KILL_NEW: return kill_new(s);
	case ACT_QUIT_NEW_WORKERS: workers_told(&s->neww); return true;
	case ACT_QUIT_ORPHANS: return end_orphans(s, workers_told);
	case ACT_KILL_ORPHANS: return end_orphans(s, workers_gone);
	case ACT_SEARCH: return finds_all(s);
	case ACT_RESTORE_PID_FILE:
		s->pid_file = FILE_OLD;
		s->oldbin = 0;
		return s->old_alive;
	case ACT_RESTORE_BINARY: s->path_new = s->old_runs_new; return true;
	case ACT_HUP: return signal_old(s, P_HUP);
	case ACT_HEAL: return heal(s);
	case ACT_STEER: return lead(s, STEER_OLD);
	case ACT_SWITCH: return lead(s, STEER_NEW);
	case ACT_SWITCH_BACK: return lead(s, STEER_BACK);
	case ACT_UNSTEER: return lead(s, STEER_NONE);
	case ACT_PROBE: s->probe = PROBE_GOING; return true;
	default: return false;
	}
}

void helper_is_refused(struct state *s, bool lastingly)
{
	if (!s->refused_since || s->refused != s->action)
		s->refused_since = 1;
	s->refused = s->action;
	s->refused_last = 1;
	s->lastingly = lastingly;
	s->action = s->sweeps_old = s->sweeps_new = 0;
	s->mode = MODE_WAIT;
	s->until = 2;
}

/* What an action finds gone is refused, and the next look shows why. */
void helper_acts(struct state *s)
{
	enum action action = s->action;

	if (s->refuses && s->refused == s->action) {
		helper_is_refused(s, s->lastingly);
		return;
	}
	if (action == ACT_USR2 && s->pid_file != FILE_OLD) {
		helper_is_refused(s, true);
		return;
	}
	if (!do_act(s)) {
		helper_is_refused(s, false);
		return;
	}
	forget_refusal(s);
	set_acted(s, action, 1);
	if (action == ACT_QUIT_ORPHANS)
		set_acted(s, ACT_KILL_ORPHANS, 0);
	if (action == ACT_QUIT_ORPHANS || action == ACT_KILL_ORPHANS)
		set_acted(s, ACT_SEARCH, 0);
	s->steady = s->was_idle = s->was_new = 0;
	s->action = 0;
	s->mode = MODE_WAIT;
	s->until = 0;
}
