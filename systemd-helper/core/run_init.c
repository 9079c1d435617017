/* What a run tells the init system, and what it hears back. */
#include <stdint.h>
#include "core/decide.h"
#include "core/run.h"
#include "core/run_init.h"
#include "core/world.h"
#include "init/init.h"

struct init_round run_round(const struct run *run)
{
	const struct world *w = &run->world;
	struct init_round round = {.old_master = generation_master(&w->old, &run->facts.old),
				   .new_master = generation_master(&w->new, &run->facts.new)};
	enum main_process main = main_process_of(&run->facts, &run->ask, &run->history);

	if (main != MAIN_AS_IS)
		round.main = main == MAIN_OLD ? round.old_master : round.new_master;
	return round;
}

static void hear(struct run *run, const struct init_round *round)
{
	run->init->ops.follow(run->init, round, &run->heard);
	run->waker.other = run->heard.fd;
}

void run_begin_init(struct run *run)
{
	struct init_round round = run_round(run);

	round.main = 0;
	hear(run, &round);
}

void run_tell_init(struct run *run, uint64_t patient_us)
{
	struct init_round round = run_round(run);

	round.patient_us = patient_us;
	hear(run, &round);
}

void run_ask_init(struct run *run)
{
	struct init_round round = run_round(run);

	round.signalled = true;
	hear(run, &round);
}
