/*
 * The helper: begins, looks, decides, acts, waits; is interrupted, is killed and run again. What it
 * decides is the business of the real decide().
 */
#include <string.h>

#include "explore.h"

void helper_ask(const struct state *s, struct ask *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->goal = s->goal;
	ret->spawn = ret->install = s->command == CMD_UPGRADE;
	ret->restore_binary = s->restore;
	ret->drain_term = s->drain_term;
	ret->heal = s->heals;
	ret->attach = s->attaches;
	ret->steer = s->steers;
	ret->detach = s->detaches;
	ret->attended = s->attended;
	ret->start_timeout_us = bounds.start;
	ret->settle_us = SETTLE;
	ret->drain_timeout_us = bounds.drain;
	ret->prove = s->wants && s->goal == GOAL_FORWARD;
	ret->probe_timeout_us = bounds.start;
	ret->hold_us = s->wants == WANTS_HOLD && s->command == CMD_UPGRADE;
}

static void forget_run(struct state *s)
{
	s->restore = s->installed = s->looked = 0;
	s->action = s->until = s->phase = s->polls_old = s->polls_new = 0;
	s->known_new = s->known_old = s->knows_new = s->death_fresh = s->deaths = 0;
	s->outcome = s->spoilt = s->stale = s->settled = 0;
	s->age = 0;
	s->began = s->phase_since = s->steady = s->was_idle = s->was_new = s->alone = 0;
	s->acted = 0;
	s->blind = s->unseen = s->refuses = 0;
	s->refused = s->refused_since = s->refused_last = s->lastingly = 0;
	s->took_config = s->oldw.fresh_starting = s->oldw.fresh_accepting = 0;
	s->probe = s->probe_hangs = 0;
	s->heals = s->healed = s->attaches = s->steers = s->detaches = 0;
	s->did_steer = s->did_switch = s->did_back = s->did_unsteer = 0;
}

/* Nobody asks for it any more, and what it came to counts for nothing. */
static void forget_probe(struct state *s)
{
	if (acted_code(s, ACT_PROBE))
		set_acted(s, ACT_PROBE, 0);
	s->probe = s->probe_hangs = s->wants = 0;
}

/* The one master that is left is the old one to a run that begins now. */
static void heir(struct state *s)
{
	s->old_alive = 1;
	s->old_pending = s->new_pending;
	s->old_quit = s->new_quit;
	s->old_term = s->new_term;
	s->old_live = s->new_live;
	s->strays |= s->oldw.accepting > 0;
	s->oldw = s->neww;
	workers_gone(&s->neww);
	s->new_stage = NEW_NONE;
	s->new_pending = s->new_quit = s->new_term = s->new_live = 0;
	s->flaw = s->settled = 0;
	s->crash_mode = CRASH_NEVER;
	s->pid_file = FILE_OLD;
	s->old_runs_new = 1;
	s->unread_old = s->unread_new;
	s->unread_new = 0;
	s->old_told_quit = s->old_quit || (s->old_pending & P_QUIT);
}

void helper_begins(struct state *s, enum command command)
{
	static const enum goal goals[] = {GOAL_FORWARD, GOAL_FORWARD, GOAL_BACK, GOAL_STOP,
					  GOAL_RELOAD};

	forget_run(s);
	s->command = command;
	s->goal = goals[command];
	if (s->goal != GOAL_FORWARD)
		s->wants = WANTS_NOTHING;
	if (!s->old_alive && s->pid_file == FILE_NEW && s->new_stage == NEW_LOOPS)
		heir(s);
	if ((!s->old_alive && workers_all(&s->oldw)) || (!new_lives(s) && workers_all(&s->neww)))
		s->hidden = 1;
	if (!s->old_alive) {
		s->mode = MODE_ENDED;
		s->outcome = ENDED_NOT_RUNNING;
		return;
	}
	s->restore = command == CMD_ROLLBACK;
	s->stop_asked |= command == CMD_STOP;
	s->back_asked |= command == CMD_ROLLBACK || command == CMD_STOP;
	s->heals = s->steers = s->detaches = s->quic && s->goal != GOAL_STOP;
	s->attaches = s->wants_steer && command == CMD_UPGRADE;
	s->mode = MODE_WAIT;
	s->phase = PHASE_COUNT;
	s->knows_new = new_runs(s) && s->pid_file == FILE_NEW;
	s->began = s->phase_since = 1;
}

/* The row of refusals has an end: something else is wanted, or it has worked. */
void forget_refusal(struct state *s)
{
	if (!s->refuses)
		s->refused = 0;
	s->refused_since = s->refused_last = s->lastingly = 0;
}

static void helper_turns(struct state *s)
{
	forget_refusal(s);
	forget_probe(s);
	s->goal = GOAL_BACK;
	s->alone = s->age = 0;
	s->restore = s->installed;
	s->back_asked = 1;
	s->began = 1;
	phase_begins(s);
	s->mode = MODE_WAIT;
	s->until = s->stale = s->polls_old = s->polls_new = 0;
}

static void helper_ends(struct state *s, unsigned outcome, enum fault fault)
{
	unsigned stale = s->stale;
	unsigned restored = s->restore;
	unsigned took_config = s->took_config;

	forget_run(s);
	s->wants = 0;
	s->mode = MODE_ENDED;
	s->crash_mode = CRASH_NEVER;
	s->outcome = outcome;
	s->spoilt = fault != FAULT_NONE;
	s->restore = restored;
	s->took_config = took_config;
	s->stale = stale;
}

/* The run goes on, and does without what was refused. */
static bool goes_without(struct state *s, enum action action)
{
	struct ask a;

	helper_ask(s, &a);
	if (!ask_without(&a, action))
		return false;
	forget_refusal(s);
	s->restore = a.restore_binary;
	s->heals = a.heal;
	s->attaches = a.attach;
	s->steers = a.steer;
	s->detaches = a.detach;
	s->stale = 0;
	s->mode = MODE_WAIT;
	s->until = 0;
	return true;
}

static void follow(struct state *s, const struct facts *f, const struct decision *d)
{
	switch (d->move) {
	case MOVE_WAIT:
		s->stale = 0;
		if (!s->unseen)
			forget_refusal(s);
		s->mode = MODE_WAIT;
		s->until = 2; /* the next unit, and one in which it is late */
		break;
	case MOVE_ACT:
		s->stale = 0;
		s->mode = MODE_ACT;
		s->action = d->action;
		if (d->action == ACT_QUIT_ORPHANS || d->action == ACT_KILL_ORPHANS) {
			s->sweeps_old = !f->old.alive;
			s->sweeps_new = !f->new.alive;
		}
		break;
	case MOVE_TURN:
		if (!goes_without(s, d->action))
			helper_turns(s);
		break;
	case MOVE_END: helper_ends(s, d->outcome, d->fault); break;
	}
}

/* The checks' own measure of the settle time. */
static void count_alone(struct state *s, const struct facts *f)
{
	bool serves = s->goal == GOAL_FORWARD && f->new.alive && f->new.accepting && !f->new.deaths;

	if (f->winch_stalls ? !f->new.idle || f->new.starting : f->old.accepting)
		serves = false;
	if (!serves)
		s->alone = 0;
	else if (!s->alone)
		s->alone = 1;
}

/* A new generation that was never proven: stop puts the old binary back. */
static bool unproven(enum phase phase)
{
	return phase == PHASE_SPAWNING || phase == PHASE_BOTH || phase == PHASE_SHIFTED;
}

struct decision helper_decides(struct state *s, struct facts *ret_facts, const char **ret_refused)
{
	bool first = !s->looked;
	struct history h;
	struct decision d;
	enum phase phase;
	struct ask a;

	*ret_refused = NULL;
	look_ends(s, ret_facts);
	s->looked = 1;
	s->unseen = 0;
	count_alone(s, ret_facts);
	if (!s->steady || s->was_idle != ret_facts->old.idle || s->was_new != ret_facts->new.alive)
		s->steady = 1;
	s->was_idle = ret_facts->old.idle;
	s->was_new = ret_facts->new.alive;
	helper_history(s, &h);
	phase = phase_of(ret_facts, &h);
	if (first && s->command == CMD_STOP)
		s->restore = unproven(phase);
	helper_ask(s, &a);
	if (phase != s->phase) {
		s->phase = phase;
		phase_begins(s);
		helper_history(s, &h);
	}
	d = decide(ret_facts, &a, &h);
	if (first && phase != PHASE_ALONE &&
	    (s->command == CMD_UPGRADE || s->command == CMD_RELOAD)) {
		*ret_refused = "refused: a handover is unfinished";
		helper_ends(s, ENDED_REFUSED, FAULT_NONE);
		return d;
	}
	follow(s, ret_facts, &d);
	s->polls_old = s->mode == MODE_WAIT && ret_facts->old.alive && !ret_facts->old.idle;
	s->polls_new = s->mode == MODE_WAIT && ret_facts->new.alive && !ret_facts->new.idle;
	return d;
}

/* The facts are those of the last look; what is decided must not depend on them. */
struct decision helper_sees_nothing(struct state *s)
{
	static const struct facts nothing;
	struct history h;
	struct decision d;
	struct ask a;

	look_fails(s);
	if (!s->unseen)
		s->unseen = 1;
	helper_history(s, &h);
	helper_ask(s, &a);
	d = decide(&nothing, &a, &h);
	follow(s, &nothing, &d);
	return d;
}

static void time_step(const struct state *s, struct steps *to)
{
	bool slow = nginx_busy(s);
	struct state *n;

	if (!s->until || worker_turns(s) || (slow && !s->slow && !s->faults_left))
		return;
	if ((s->polls_old && old_idle(s)) || (s->polls_new && new_idle(s)))
		return;
	if (s->probe == PROBE_GOING && !s->probe_hangs)
		return;
	n = step_add(to, s, slow ? "time passes, nginx is slow" : "time passes");
	if (slow && !s->slow) {
		n->slow = 1;
		n->faults_left--;
	}
	n->late |= s->until == 1;
	time_passes(n);
}

/* A probe keeps its deadline, unless that is the fault. */
static void probe_steps(const struct state *s, struct steps *to)
{
	struct state *n;

	if (s->probe != PROBE_GOING || s->probe_hangs)
		return;
	step_add(to, s, "the probe passes")->probe = PROBE_PASSED;
	if (!s->faults_left)
		return;
	n = step_add(to, s, "FAULT: the probe fails");
	n->probe = PROBE_FAILED;
	n->faults_left--;
	n = step_add(to, s, "FAULT: the probe comes to no end");
	n->probe_hangs = 1;
	n->faults_left--;
}

static void wait_steps(const struct state *s, struct steps *to)
{
	struct state *n;

	look_part(
		step_add(to, s, bounds.deep ? "looks at the old master" : "looks at the masters"));
	time_step(s, to);
	probe_steps(s, to);
	if (!s->lives_left)
		return;
	n = step_add(to, s, "KILL to the helper");
	n->lives_left--;
	forget_run(n);
	n->mode = MODE_NONE;
	n->command = n->goal = 0;
	if (s->goal == GOAL_FORWARD && !acted_code(s, ACT_QUIT_OLD)) {
		n = step_add(to, s, "INT to the helper");
		n->lives_left--;
		helper_turns(n);
	}
}

static void begin_steps(const struct state *s, struct steps *to)
{
	static const char *const what[] = {"begins: upgrade", "begins: finish", "begins: rollback",
					   "begins: stop", "begins: reload"};
	int i;

	/* A master that is alone and on its way to its loop will be there, or die, or hang. */
	if (!s->old_alive && new_lives(s) && s->new_stage != NEW_LOOPS)
		return;
	for (i = 0; i < CMD_COUNT; i++) {
		/* A handover from the heir is one from the first state. */
		if (i == CMD_UPGRADE && !s->old_alive)
			continue;
		helper_begins(step_add(to, s, what[i]), i);
	}
}

void helper_steps(const struct state *s, struct steps *to)
{
	const char *refused;
	struct decision d;
	struct state *n;
	struct facts f;

	switch (s->mode) {
	case MODE_NONE: begin_steps(s, to); break;
	case MODE_WAIT: wait_steps(s, to); break;
	case MODE_LOOK1: look_part(step_add(to, s, "looks at the new master")); break;
	case MODE_LOOK2:
		look_part(step_add(
			to, s, bounds.deep ? "looks at the old workers" : "looks at the workers"));
		break;
	case MODE_LOOK3: look_part(step_add(to, s, "looks at the new workers")); break;
	case MODE_LOOK4:
		failing_looks(s, to);
		if (s->blind)
			break;
		n = step_add(to, s, "looks at the files, decides");
		d = helper_decides(n, &f, &refused);
		if (!refused)
			to->broken[to->count - 1] = check_decision(s, &f, &d);
		break;
	case MODE_ACT:
		helper_acts(step_add(to, s, "acts"));
		refusals(s, to);
		break;
	default: break;
	}
}
