/*
 * What one look at the world showed. observe() fills it, decide() reads it; nothing in here is
 * remembered from an earlier look except where the comment says so.
 *
 * "old" is the generation that was there first, "new" the one that USR2 started. While only one
 * master lives and no handover is under way, it is "old". The handover is over when "old" is gone.
 */
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include <stdbool.h>

enum pid_file_state {
	PID_FILE_MISSING,
	PID_FILE_EMPTY, /* a normal moment: nginx truncates, then writes */
	PID_FILE_OLD,   /* names the old master */
	PID_FILE_NEW,   /* names the new master */
	PID_FILE_OTHER  /* names something else, or cannot be trusted */
};

struct generation_facts {
	/* The master lives; a zombie does not. */
	bool alive;

	/*
	 * The master sleeps in sigsuspend() with no signal pending: whatever was sent to it before
	 * this look has been dealt with, and its consequences (a fork, a rename) are in the rest of
	 * this look. Before its first sigsuspend() a new master blocks every signal, so that this
	 * also says "it has forked its workers and is in its loop".
	 */
	bool idle;

	unsigned accepting;         /* "nginx: worker process" */
	unsigned starting;          /* forked, its title not yet a worker's */
	unsigned leaving;           /* "nginx: worker process is shutting down" */
	unsigned orphans;           /* workers that this run knew, whose master is dead */
	unsigned orphans_accepting; /* of these, those that have not begun to leave */
	unsigned fresh;             /* of those that accept: came after this run's HUP */

	/*
	 * Workers that vanished since the run began, or sent HUP, without having been seen to leave
	 * first: they crashed, were killed, or had nothing to finish. Counted over the looks of
	 * this run.
	 */
	unsigned deaths;
};

struct facts {
	struct generation_facts old;
	struct generation_facts new;
	enum pid_file_state pid_file;

	bool oldbin;       /* PID.oldbin names the old master: it has accepted USR2 */
	bool closing;      /* the old master listens no more: it has had QUIT */
	bool quitting;     /* the one master listens no more: it has had QUIT, and drains */
	bool new_listens;  /* the new master, all of whose workers leave, listens: no QUIT yet */
	bool winch_stalls; /* reuseport sockets of the old master would be left to nobody */
	bool binary_installed; /* the path holds what was asked for */
	bool behind;           /* the init system hears us and still shows the old master */
	bool clings;           /* it takes the old master's end for the service's */
	bool wrong_image;      /* the new master, in its loop, executes another file than that */
	bool binary_is_old;    /* the path holds the very file that the old master runs */
};

#endif
