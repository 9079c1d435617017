/*
 * What a run cuts off: the clients that somebody has in the moment in which he gets a signal that
 * ends him at once. They are counted right before it, since nobody can count them after it: one
 * that is served to its end in between is counted, too.
 *
 * TERM and KILL cut all. QUIT, WINCH and HUP cut nobody who is being served. What workers that
 * leave close of themselves, idle connections, is not counted: each reload does that. QUIT to an
 * old master whose workers accept no more closes sockets that the new one may not have; whoever
 * waits in their queues is cut.
 *
 * Others cut, too, by signals of theirs, and nginx by worker_shutdown_timeout. What can be seen of
 * that is said.
 */
#ifndef CORE_CUT_H
#define CORE_CUT_H

#include "core/facts.h"
#include "nginx/clients.h"

struct run;
struct generation;

struct cut {
	struct clients clients; /* that lost their connections by this run's signals */
	uint64_t after_us;      /* the time that they had been given, the last of them */
	bool unasked;           /* not all of them as a setting asks for */
	uint64_t shutdown_us;   /* worker_shutdown_timeout as the configuration stands; 0: none */
	bool shut_down;         /* it has ended the drain, */
	struct clients last;    /* and these were seen last before it; or they are left to drain */

	/* What the old generation's log tells of others, before this run cut anybody itself. */
	unsigned killed; /* workers that were killed, or crashed */
	unsigned left;   /* connections of workers that were ended while they drained */

	/* Of cut.c. */
	bool sent;       /* what comes after it is by this run */
	unsigned deaths; /* facts.old.deaths before anybody was told to leave */
	pid_t *drained;  /* workers that drain, or did */
	size_t drained_count;
};

/* Accepts what is all zero. Leaves shutdown_us. */
void cut_reset(struct cut *c);

/* Whether somebody has lost a connection, or may have. */
bool cut_any(const struct cut *c);

/* The workers of a generation that are about to get TERM or KILL; also_leaving: all of them. */
void cut_count(struct run *run, const struct generation *g, bool also_leaving, struct clients *ret);

/* Right before QUIT to the old master: who waits where nobody accepts any more. */
void cut_count_waiting(const struct run *run, struct clients *ret);

/* The signal was sent: they have been cut. g is their generation. Frees them. */
void cut_note(struct run *run, const struct generation *g, struct clients *clients);

/* After each look: what becomes of the old generation by others. */
void cut_watch(struct run *run);

/* At the end of the run. */
void cut_end(struct run *run);

#endif
