/* What "run" does next. No system calls, no clock. */
#include "core/foreground.h"

void foreground_asked(struct foreground *f, unsigned asked)
{
	f->asked |= asked;
	if (asked)
		f->stays = false;
}

void foreground_stays(struct foreground *f)
{
	f->stays = true;
}

/*
 * No master is left. If "run" ended now, its supervisor would start the next nginx beside workers
 * that still live.
 */
static enum foreground_move after_the_last(struct foreground *f, const struct foreground_facts *now)
{
	f->asked = 0;
	/* Any of them may start nginx again, and a stop may end what is left. */
	if (now->works || now->stops || now->others)
		return FOREGROUND_WAIT;
	if ((now->workers && f->sweeps < FOREGROUND_SWEEPS) || (now->unclean && !f->sweeps)) {
		f->sweeps++;
		return FOREGROUND_SWEEP;
	}
	return FOREGROUND_END;
}

static enum foreground_move take_request(struct foreground *f, unsigned asked,
					 enum foreground_move move)
{
	f->asked &= ~asked;
	return move;
}

enum foreground_move foreground_next(struct foreground *f, const struct foreground_facts *now)
{
	if (!now->master)
		return after_the_last(f, now);
	f->sweeps = 0;
	/*
	 * A stop comes first: it ends the command that is at work. Other requests beside it are
	 * dropped.
	 */
	if ((f->asked & FOREGROUND_ASKED_STOP) || now->stops)
		f->asked &= FOREGROUND_ASKED_STOP;
	if (now->stops)
		return take_request(f, FOREGROUND_ASKED_STOP, FOREGROUND_WAIT);
	if (f->asked & FOREGROUND_ASKED_STOP)
		return take_request(f, FOREGROUND_ASKED_STOP, FOREGROUND_STOP);
	if (!f->asked || now->works)
		return FOREGROUND_WAIT;
	if (now->newer && !f->stays)
		return FOREGROUND_RENEW;
	if (f->asked & FOREGROUND_ASKED_REOPEN)
		return take_request(f, FOREGROUND_ASKED_REOPEN, FOREGROUND_REOPEN);
	if (f->asked & FOREGROUND_ASKED_UPGRADE)
		return take_request(f, FOREGROUND_ASKED_UPGRADE, FOREGROUND_UPGRADE);
	return take_request(f, FOREGROUND_ASKED_RELOAD, FOREGROUND_RELOAD);
}
