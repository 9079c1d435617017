/* The exit code of a run, by how it ended. */
#include <stddef.h>
#include "core/decide.h"
#include "core/fault.h"
#include "core/run.h"
#include "core/run_exit.h"
#include "os/exit_code.h"

static int failure_code(const struct run *run)
{
	/* Nothing was signalled or installed: the system has refused it. */
	if (run->fault == FAULT_ACTION && run->failed_action == ACT_INSTALL)
		return EXIT_FAILED;
	return EXIT_UNDONE;
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
		return EXIT_FAILED;
	if (run->fault == FAULT_UNSEEN && !has_acted(run))
		return EXIT_FAILED;
	if (run->ask.goal != GOAL_RELOAD || run->history.acted_us[ACT_HUP] ||
	    run->phase == PHASE_LOST)
		return EXIT_STUCK;
	/* Nothing was signalled. */
	if (run->fault == FAULT_ACTION)
		return EXIT_FAILED;
	return run->fault == FAULT_UNFINISHED ? EXIT_UNFINISHED : EXIT_REFUSED;
}

int run_exit_code(const struct run *run)
{
	if (run->unread.unread)
		return EXIT_UNREAD;
	switch (run->outcome) {
	case OUTCOME_DONE:
	case OUTCOME_NOTHING: return EXIT_DONE;
	case OUTCOME_RELOADED: /* a fault: fewer workers than it should have */
	case OUTCOME_STOPPED: return run->fault == FAULT_NONE ? EXIT_DONE : EXIT_FAILED;
	case OUTCOME_KEPT: return EXIT_CONFIG;
	case OUTCOME_DRAINING: return EXIT_DRAINING;
	case OUTCOME_HELD: return EXIT_HELD;
	case OUTCOME_UNDONE: return failure_code(run);
	default: return stuck_code(run);
	}
}
