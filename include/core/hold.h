/*
 * What becomes of a handover that is held: the new generation serves alone, and the old master,
 * without workers, waits as the way back until the time is up. Pure: told what each look has shown,
 * it says what is to be done. All that is done then is an ordinary run forward or back.
 *
 *	hold_begin -> hold_judge after each look
 */
#ifndef CORE_HOLD_H
#define CORE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/facts.h"
#include "core/fault.h"

/*
 * So many workers that die, in a time of this length, are no chance: a single death in a day is
 * none of our business (nginx starts another), and one that comes again is what the way back is
 * kept for.
 */
enum { HOLD_DEATHS = 3 };
#define HOLD_DEATHS_US 60000000u

/* Nobody accepts at all: that is nobody's wish for so long. */
#define HOLD_NOBODY_US 1000000u

enum hold_move {
	HOLD_WAIT,
	HOLD_OVER,   /* somebody else has ended it: nothing is to be done */
	HOLD_AGAIN,  /* the old generation accepts once more, by a HUP of others: WINCH */
	HOLD_FINISH, /* the time is up, or the old master is gone */
	HOLD_BACK    /* back to the old generation, because of ret_fault */
};

struct hold {
	uint64_t deaths_us[HOLD_DEATHS]; /* the last ones, oldest first; 0: none */
	unsigned deaths;                 /* that were counted until the last look */
	uint64_t nobody_us;              /* since then nobody accepts; 0: somebody does */
};

/* Deaths before this look do not count. */
void hold_begin(struct hold *h, const struct facts *f);

/* until_us: when the time is up. ret_fault: with HOLD_BACK. */
enum hold_move hold_judge(struct hold *h, const struct facts *f, uint64_t now_us, uint64_t until_us,
			  enum fault *ret_fault);

#endif
