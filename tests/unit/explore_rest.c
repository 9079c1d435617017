/*
 * What must hold when a run has ended and nginx has come to rest, and that a run ends when nginx
 * does nothing more at all.
 */
#include "explore.h"

static const char *rest_of_old(const struct state *s)
{
	if (!old_serves(s) || s->old_quit || s->old_term)
		return "afterwards: the old generation does not serve on";
	/* HUP doubles them while a new binary lives; that was others' (nginx: ngx_reconfigure). */
	if (s->oldw.accepting > old_workers(s) && !s->new_died && !s->slow && !s->hupped)
		return "afterwards: the old generation has too many workers";
	if (s->pid_file != FILE_OLD && !s->spoilt)
		return "afterwards: the pid file is not right";
	return NULL;
}

/* nginx has done all that it will do by itself, but for drains. */
const char *check_rest(const struct state *s)
{
	if (s->stale)
		return NULL;
	switch (s->outcome) {
	case OUTCOME_DONE:
	case OUTCOME_DRAINING:
		if (!new_lives(s) || s->new_quit || s->new_term || !s->neww.accepting)
			return "afterwards: the new generation does not serve on";
		if (s->old_alive && !s->old_quit && !s->old_term)
			return "afterwards: the old master stays";
		return NULL;
	case OUTCOME_HELD:
		if (!new_lives(s) || !s->neww.accepting || !s->old_alive || s->old_quit)
			return "afterwards: the new generation does not serve, or the way back is gone";
		return NULL;
	case OUTCOME_UNDONE:
		if (!s->hidden && (s->neww.accepting || s->neww.accepting_told))
			return "afterwards: the new generation accepts";
		if (new_lives(s) && !s->spoilt)
			return "afterwards: a new master comes up after all";
		return rest_of_old(s);
	case OUTCOME_RELOADED: return rest_of_old(s);
	case OUTCOME_KEPT:
		if (s->took_config)
			return "afterwards: the new configuration was taken after all";
		return rest_of_old(s);
	case OUTCOME_NOTHING:
		return new_lives(s) ? "afterwards: a new master comes up after all" : NULL;
	case OUTCOME_STOPPED:
		/* Stop waits its time for a child to show itself, and no longer. */
		if (s->hidden || s->slow)
			return NULL;
		if (s->old_alive || new_lives(s) || workers_all(&s->oldw) || workers_all(&s->neww))
			return "afterwards: something was not stopped";
		return NULL;
	default: return NULL;
	}
}

/* From this state on nothing happens but the helper and the clock. */
const char *check_frozen(const struct state *s)
{
	struct state n = *s;
	const char *refused;
	struct facts f;
	int round;

	for (round = 0; round < 120; round++) {
		if (n.mode == MODE_ENDED)
			return NULL;
		if (n.mode == MODE_ACT) {
			helper_acts(&n);
			continue;
		}
		if (n.until > 1)
			time_passes(&n);
		while (n.mode != MODE_LOOK4)
			look_part(&n);
		if (n.blind)
			(void)helper_sees_nothing(&n);
		else
			(void)helper_decides(&n, &f, &refused);
	}
	return "endless: with a world that stands still the run does not end";
}
