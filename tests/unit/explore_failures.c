/* What the system refuses to the helper: an action that it has decided, or a look. */
#include "explore.h"

/* What the run after it meets is no more than after other deaths; all of it is for explore-deep. */
static void costs_a_fault(struct state *s)
{
	s->faults_left--;
	if (!bounds.deep)
		s->lives_left = 0;
}

/* Once, or from now on; by what may mend, or by what hardly does. */
void refusals(const struct state *s, struct steps *to)
{
	static const char *const what[] = {
		"FAULT: the system has no room for that, once",
		"FAULT: the system has no room for that any more",
		"FAULT: the system does not allow that any more",
	};
	unsigned i;

	for (i = 0; i < 3 && s->faults_left && !s->refuses; i++) {
		struct state *n = step_add(to, s, what[i]);

		costs_a_fault(n);
		n->refuses = i > 0;
		helper_is_refused(n, i == 2);
	}
}

/* For as long as it takes: one look, or all. */
void failing_looks(const struct state *s, struct steps *to)
{
	struct decision d;
	struct state *n;

	if (s->blind)
		step_add(to, s, "looks succeed again")->blind = 0;
	else if (!s->faults_left)
		return;
	n = step_add(to, s,
		     s->blind ? "the look fails" : "FAULT: the look fails, and those after it");
	if (!s->blind)
		costs_a_fault(n);
	n->blind = 1;
	d = helper_sees_nothing(n);
	to->broken[to->count - 1] = check_unseen(s, &d);
}
