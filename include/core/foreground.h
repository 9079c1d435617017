/*
 * What "nginx-handover run", the foreground process of an nginx, does next. Pure: from what it was
 * asked to do and what it sees it gets the one thing to do now.
 *
 *	foreground_asked for each request; foreground_next until it says WAIT
 */
#ifndef CORE_FOREGROUND_H
#define CORE_FOREGROUND_H

#include <stdbool.h>

/* Requests, as bits. */
enum {
	FOREGROUND_ASKED_STOP = 1,
	FOREGROUND_ASKED_REOPEN = 2,
	FOREGROUND_ASKED_UPGRADE = 4,
	FOREGROUND_ASKED_RELOAD = 8
};

/* What it sees in this moment. */
struct foreground_facts {
	bool master;  /* a master of this nginx lives */
	bool unclean; /* the last master was killed, or it is not known how it ended */
	bool workers; /* workers whose master is gone have become our children */
	bool works;   /* a command of ours is at work */
	bool stops;   /* a stop of ours is at work */
	bool others;  /* somebody else's command is at work on this nginx, and may start it again */
	bool newer;   /* there is another program at the path that ours was started from */
};

/* What it remembers. Zeroed at the begin. */
struct foreground {
	unsigned asked;  /* requests that are not begun yet */
	unsigned sweeps; /* how many sweeps were begun */
	bool stays; /* the newer program could not be executed: it is not tried again until the next
		       request */
};

enum foreground_move {
	FOREGROUND_WAIT,
	FOREGROUND_STOP, /* this and the next three: begin that command */
	FOREGROUND_REOPEN,
	FOREGROUND_UPGRADE,
	FOREGROUND_RELOAD,
	FOREGROUND_SWEEP, /* a stop for the workers of a master that was killed */
	FOREGROUND_RENEW, /* execute the newer program; where that fails call foreground_stays() */
	FOREGROUND_END
};

/* How many sweeps are tried on workers that a stop cannot end. */
enum { FOREGROUND_SWEEPS = 3 };

void foreground_asked(struct foreground *f, unsigned asked);

/* The newer program could not be executed. */
void foreground_stays(struct foreground *f);

enum foreground_move foreground_next(struct foreground *f, const struct foreground_facts *now);

#endif
