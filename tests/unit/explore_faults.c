/*
 * What happens to nginx from outside or through a bad binary. Each costs one of the faults that a
 * path may have.
 */
#include "explore.h"

/* A worker of the new generation dies; `seen` when a look of this run knew it. */
static void worker_dies(struct state *s, bool accepting, bool respawned, bool seen)
{
	if (accepting) {
		s->neww.accepting--;
		if (!s->neww.accepting)
			s->lost = 1;
	} else {
		s->neww.starting--;
	}
	if (respawned)
		s->neww.crashed++;
	s->new_pending |= P_CHLD;
	if (seen) {
		s->known_new--;
		s->death_fresh = 1;
	}
}

/* Which worker dies, a known or an unknown one, is open unless all are of one kind. */
static void crash_steps(const struct state *s, struct steps *to, const char *what, bool respawned)
{
	unsigned all = workers_all(&s->neww);
	int accepting;

	if (s->new_stage != NEW_LOOPS && s->new_stage != NEW_FORKS)
		return;
	for (accepting = 0; accepting < 2; accepting++) {
		if (!(accepting ? s->neww.accepting : s->neww.starting))
			continue;
		if (s->known_new)
			worker_dies(step_add(to, s, what), accepting, respawned, true);
		if (s->known_new < all)
			worker_dies(step_add(to, s, what), accepting, respawned, false);
	}
}

static struct state *fault(const struct state *s, struct steps *to, const char *what)
{
	struct state *n = step_add(to, s, what);

	n->faults_left--;
	return n;
}

/* Crashes that one fault starts: each step that crash_steps() adds is charged and marked. */
static void crash_faults(const struct state *s, struct steps *to)
{
	static const char *const what[] = {
		"FAULT: new worker crashes, once",
		"FAULT: new workers begin to crash again and again",
		"FAULT: new workers begin to exit for good",
		"FAULT: new worker crashes, once, and its master ignores QUIT",
	};
	enum { DEAF = CRASH_EXIT + 1 };
	int mode, i;

	for (mode = CRASH_NEVER; mode <= DEAF; mode++) {
		int first = to->count;

		crash_steps(s, to, what[mode], mode != CRASH_EXIT);
		for (i = first; i < to->count; i++) {
			to->next[i].faults_left--;
			to->next[i].crash_mode = mode == DEAF ? CRASH_NEVER : mode;
			to->next[i].deaf |= mode == DEAF && !s->new_quit;
		}
	}
}

static void old_killed(struct state *s)
{
	s->strange = 1;
	if ((!s->known_old && workers_all(&s->oldw)) || (!s->knows_new && new_lives(s)))
		s->hidden = 1;
	old_dies(s);
}

static void new_killed(struct state *s)
{
	s->new_died = 1;
	if (workers_all(&s->neww) > s->known_new)
		s->hidden = 1;
	new_dies(s);
}

static void flaws(const struct state *s, struct steps *to)
{
#define FLAW_STEP(name, of, fact, what) fault(s, to, "FAULT: " what)->flaw = FLAW_##name;
	FLAWS(FLAW_STEP)
#undef FLAW_STEP
}

static void new_master_faults(const struct state *s, struct steps *to)
{
	struct state *n;

	if (s->new_stage == NEW_FORKED) {
		new_killed(fault(s, to, "FAULT: the new binary cannot be executed"));
		flaws(s, to);
	} else if (s->new_stage < NEW_LOOPS) {
		new_killed(fault(s, to, "FAULT: new master dies as it starts"));
		if (s->new_stage != NEW_PID_EMPTY && !s->new_hangs) {
			n = fault(s, to, "FAULT: new master begins to hang");
			n->new_hangs = 1;
		}
	} else {
		n = fault(s, to, "FAULT: new master is killed from outside");
		n->strange = 1;
		new_killed(n);
		if (s->neww.accepting) {
			n = fault(s, to, "FAULT: ... and its workers do not turn any more");
			n->strange = n->neww.wedged = 1;
			new_killed(n);
		}
		/* Before, they would have the settle time begin anew. */
		if (!s->stalls && s->goal == GOAL_FORWARD && !workers_all(&s->oldw)) {
			n = fault(s, to, "FAULT: others have the new master close sockets");
			n->stalls = 1;
		}
		if (s->deaf || s->new_quit)
			return;
		n = fault(s, to, "FAULT: new master ignores QUIT from now on");
		n->deaf = 1;
		if (s->crash_mode != CRASH_NEVER || !bounds.deep)
			return;
		n = fault(s, to, "FAULT: ... and its workers begin to crash again and again");
		n->deaf = 1;
		n->crash_mode = CRASH_LOOP;
	}
}

void fault_steps(const struct state *s, struct steps *to)
{
	struct state *n;

	if (s->mode == MODE_ENDED)
		return;
	if (s->crash_mode != CRASH_NEVER && (s->mode < MODE_LOOK1 || s->mode > MODE_LOOK4))
		crash_steps(s, to, "new worker crashes again", s->crash_mode == CRASH_LOOP);
	if (!s->faults_left)
		return;
	if (new_lives(s))
		new_master_faults(s, to);
	if (s->crash_mode == CRASH_NEVER)
		crash_faults(s, to);
	if (s->old_alive && !s->strange)
		old_killed(fault(s, to, "FAULT: old master is killed from outside"));
	/*
	 * Not in the very wake-up that takes WINCH: nginx would remember that until the next
	 * signal, and if the run turned back then, its old workers would leave once more, for a
	 * moment.
	 */
	if (s->old_alive && s->command == CMD_UPGRADE && s->goal == GOAL_FORWARD &&
	    s->mode == MODE_WAIT && !(s->old_pending & P_WINCH) && !s->old_noaccept) {
		n = fault(s, to, "FAULT: others send HUP to the old master");
		n->hupped = 1;
		n->old_pending |= P_HUP;
	}
	/* That is about how long a run lasts. */
	if (bounds.age && s->old_alive && !s->restless) {
		n = fault(s, to, "FAULT: something wakes the old master again and again");
		n->restless = 1;
	}
	if (s->oldw.accepting_told && !s->oldw.wedged) {
		n = fault(s, to, "FAULT: old workers do not turn");
		n->oldw.wedged = 1;
	}
}
