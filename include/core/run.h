/*
 * One run: the world, what was asked, what this run did so far, and how it ends. Commands fill
 * it, drive() works on it.
 *
 *	run.world opened, run.ask filled -> drive() -> read outcome, fault, phase
 */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include <stdint.h>

#include "core/cut.h"
#include "core/decide.h"
#include "core/drain.h"
#include "core/observe.h"
#include "core/probe.h"
#include "core/trace.h"
#include "init/init.h"
#include "nginx/addresses.h"
#include "nginx/error_log.h"
#include "nginx/install.h"
#include "nginx/staged.h"
#include "nginx/way.h"
#include "nginx/listeners.h"
#include "os/waker.h"

struct run;

/* Told while it goes, so that a person or an init system can follow. None may be NULL. */
struct run_events {
	/* A phase has ended and took this long. */
	void (*phase)(const struct run *run, enum phase phase, uint64_t took_us);
	void (*action)(const struct run *run, enum action action);
	/* The run turns back because of this. */
	void (*turn)(const struct run *run, enum fault fault);
	void (*wait)(const struct run *run, const struct decision *d);
	/* The init system stops the service: every generation will be ended. */
	void (*stop_asked)(const struct run *run);
	/* SIGINT, SIGTERM or SIGQUIT came; turns_back is false where there is only forward. */
	void (*interrupted)(const struct run *run, int sig, bool turns_back);
	/* Somebody wants it over: "finish" at another terminal. */
	void (*hurried)(const struct run *run);
	/* One of the probes has come to its end. */
	void (*probed)(const struct run *run, const struct probe *probe);
};

struct run {
	const struct run_events *events;
	struct world world;
	struct ask ask;
	struct history history;
	struct waker waker;
	struct error_log log; /* marked before the first signal */
	struct trace *trace;  /* NULL: none */
	struct probes probes; /* of the new generation */

	struct staged *staged; /* to be installed; NULL: what stands at world.target */
	struct way_move move;  /* instead: the link to be moved, and moved back; link "": none */
	char old_version[128]; /* names the backup; "": not known */
	char new_version[128];
	char backup[PATH_MAX];       /* made by this run; "": none */
	struct socket_paths sockets; /* of a stop: what may be left of them is removed */
	unsigned leftovers;          /* processes that a search has found */
	struct addresses listened;   /* of a stop: where nginx listened when it began */
	struct install_error failed; /* of the last install or restore */
	int act_error;               /* with FAULT_ACTION: -errno of failed_action */
	int look_error;              /* with FAULT_UNSEEN: -errno of the last look that failed */
	enum action failed_action;

	enum outcome outcome;
	enum fault fault;        /* the first that went wrong */
	enum fault late_fault;   /* what then spoiled the end */
	char pipe[256];          /* the new master hung before it, a named pipe; "": it did not */
	bool waited;             /* `fault` was seen when the time for something was over */
	enum phase phase;        /* in which the world was left */
	uint64_t phase_began_us; /* for people: turning back does not begin it anew */
	uint64_t passed_us[PHASE_COUNT]; /* in each phase, until the end */
	int interrupted_by;              /* signal number, 0: none */
	struct facts facts;              /* the last look */
	uint64_t began_us;
	struct cut cut;            /* clients that were cut off */
	struct drain drain;        /* whom it waits for */
	bool quic;                 /* HTTP/3 is listened for: who was lost of that is not known */
	struct quic_unread unread; /* of the new master, when it has taken over */
	bool summed_up;            /* the caller says in a line of its own how it ended */
	uint64_t serves_alone_us;  /* the new generation first seen to serve alone; 0: never */
};

/*
 * Goes round observe, decide, act, wait until there is an end, and tells run->events. Signals
 * SIGINT and SIGTERM turn it back while that is possible; SIGUSR1 has it go on without waiting for
 * the old generation's clients first (ask.hurry). What the system refuses, a look or an action, is
 * tried again; how long is for decide() to say.
 */
void drive(struct run *run);

/*
 * Carries out one action: the only place that signals nginx or moves its files. -ESRCH: the master
 * to be signalled is not there as it was; nothing was sent, the next look will tell. -errno
 * otherwise.
 */
int act(struct run *run, enum action action);

/*
 * USR1 to the masters: open the log files anew. It is no step of a handover and changes nothing in
 * one. As act(). A master that has had QUIT does not look at USR1 any more, and its workers do
 * (nginx: ngx_master_process_cycle): they are told themselves, when the new master has made the
 * files theirs (nginx: ngx_reopen_files changes the owner).
 */
int act_reopen(struct run *run);
int act_reopen_draining(struct run *run);

/* Who the init system should know of, after the last look. */
struct init_round run_round(const struct run *run);

/*
 * What nginx says in its error log about why it did not do what this run asked for: of the lines
 * since run->log was marked those of the new master and its workers (of a reload: of the master),
 * and what the old master says of them. As error_log_cause().
 */
size_t run_cause(const struct run *run, char *ret, size_t size);

/* The same about what was asked of every generation. */
size_t run_cause_of_all(const struct run *run, char *ret, size_t size);

/* Fills run->unread, by outcome and the last look. */
void run_note_unread(struct run *run);

/* The exit code for how the run ended. */
int run_exit_code(const struct run *run);

#endif
