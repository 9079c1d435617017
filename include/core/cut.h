/*
 * The clients that a run cuts off: those of processes that get a signal which ends them at once.
 * They are counted right before the signal, since afterwards nobody can count them. A client that
 * is served to its end in between is counted, too.
 *
 * TERM and KILL cut all clients of a process. QUIT, WINCH and HUP cut no client that is being
 * served. Idle connections that a leaving worker closes by itself are not counted: each reload
 * closes them. QUIT to an old master whose workers accept no more closes sockets that the new
 * master may not have; clients that wait in their queues are cut.
 *
 * Others may cut clients, too, with signals of their own, and nginx does with
 * worker_shutdown_timeout. What can be seen of that is reported.
 */
#ifndef CORE_CUT_H
#define CORE_CUT_H

#include <stddef.h>
#include <stdint.h>

#include "nginx/clients.h"

struct run;
struct generation;

struct cut {
	struct clients clients; /* that lost their connections by signals of this run */
	uint64_t after_us;      /* how long the last of them had been given to finish */
	bool unasked;           /* some were cut though no setting asks for it */
	uint64_t shutdown_us;   /* worker_shutdown_timeout of the present configuration; 0: none */
	uint64_t looked_us;     /* the time of the last look; 0: none yet */
	bool shut_down;         /* worker_shutdown_timeout has ended the drain */
	struct clients last;    /* the clients seen last before that; or those left to drain */

	/* What the log of the old generation tells about others, before this run cut any client. */
	unsigned killed; /* workers that were killed, or crashed */
	unsigned left;   /* connections of workers that others ended while they drained */

	/* Of cut.c. */
	bool sent; /* this run has ended a process: what the log tells after that is its own work */
	unsigned deaths; /* facts.old.deaths before any worker was told to leave */
	pid_t *drained;  /* all workers that were seen to drain */
	size_t drained_count;
};

/* Accepts a zeroed one. Keeps shutdown_us. */
void cut_reset(struct cut *c);

/* Whether a client has lost its connection, or may have. */
bool cut_any(const struct cut *c);

/*
 * Counts the clients of the workers of g that are about to get TERM or KILL. also_leaving: also of
 * workers that leave.
 */
void cut_count(struct run *run, const struct generation *g, bool also_leaving, struct clients *ret);

/*
 * Right before QUIT to the old master: counts the clients that wait on sockets where no worker
 * accepts any more.
 */
void cut_count_waiting(const struct run *run, struct clients *ret);

/* After the signal: these clients, of generation g, have been cut. Frees them. */
void cut_note(struct run *run, const struct generation *g, struct clients *clients);

/* After each look: notes what others do to the old generation. */
void cut_watch(struct run *run);

/* At the end of the run. */
void cut_end(struct run *run);

#endif
