/*
 * What to do about a handover that is held: the new generation serves alone, and the old master
 * waits without workers as the way back, until the time is up. Pure: from what each look has shown
 * it says what to do. That is then done by an ordinary run forward or back.
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
 * This many deaths of workers within this time are no accident. A single death now and then is left
 * to nginx, which starts another worker; repeated deaths are what the way back is kept for.
 */
enum { HOLD_DEATHS = 3 };
#define HOLD_DEATHS_US 60000000u

/* For how long the new master may be busy, or its workers start, until deaths count all the same.
 */
#define HOLD_UNSETTLED_US 1000000u

/* How long it may be that no worker of either generation accepts. */
#define HOLD_NOBODY_US 1000000u

enum hold_move {
	HOLD_WAIT,
	HOLD_OVER,   /* somebody else has ended the hold: nothing to do */
	HOLD_AGAIN,  /* others have sent HUP, and the old generation accepts again: send WINCH */
	HOLD_FINISH, /* the time is up, or the old master is gone */
	HOLD_BACK    /* go back to the old generation, because of *ret_fault */
};

struct hold {
	uint64_t deaths_us[HOLD_DEATHS]; /* times of the last deaths, oldest first; 0: none */
	unsigned deaths;                 /* total at the last look */
	uint64_t unsettled_us;           /* since when deaths were not counted; 0: all were */
	uint64_t nobody_us;              /* since when no worker accepts; 0: some worker does */
};

/* Deaths before this look do not count. */
void hold_begin(struct hold *h, const struct facts *f);

/* until_us: when the time is up. *ret_fault is valid with HOLD_BACK. */
enum hold_move hold_judge(struct hold *h, const struct facts *f, uint64_t now_us, uint64_t until_us,
			  enum fault *ret_fault);

#endif
