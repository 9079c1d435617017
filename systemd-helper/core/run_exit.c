/* The exit code of a run, by how it ended. */
#include "core/run.h"

enum { EXIT_HELD = 156, EXIT_UNREAD = 157 };

static int failure_code(const struct run *run)
{
	/* Nothing was signalled and nothing installed: the system just said no. */
	if (run->fault == FAULT_ACTION && run->failed_action == ACT_INSTALL)
		return 1;
	return 150;
}

static bool has_acted(const struct run *run)
{
	size_t i;

	for (i = 0; i < ACT_COUNT && !run->history.acted_us[i]; i++)
		;
	return i < ACT_COUNT;
}

static int stuck_code(const struct run *run)
{
	if (run->ask.goal == GOAL_STOP)
		return 1;
	if (run->fault == FAULT_UNSEEN && !has_acted(run))
		return 1;
	if (run->ask.goal != GOAL_RELOAD || run->history.acted_us[ACT_HUP] ||
	    run->phase == PHASE_LOST)
		return 155;
	/* Nothing was signalled. */
	if (run->fault == FAULT_ACTION)
		return 1;
	return run->fault == FAULT_UNFINISHED ? 153 : 154;
}

int run_exit_code(const struct run *run)
{
	if (run->unread.unread)
		return EXIT_UNREAD;
	switch (run->outcome) {
	case OUTCOME_DONE:
	case OUTCOME_NOTHING: return 0;
	case OUTCOME_RELOADED: /* with fewer workers than it should have */
	case OUTCOME_STOPPED: return run->fault == FAULT_NONE ? 0 : 1;
	case OUTCOME_KEPT: return 6;
	case OUTCOME_DRAINING: return 151;
	case OUTCOME_HELD: return EXIT_HELD;
	case OUTCOME_UNDONE: return failure_code(run);
	default: return stuck_code(run);
	}
}
