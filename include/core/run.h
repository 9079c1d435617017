/*
 * One run: the world, what was asked, what this run has done so far, and how it ended. Commands
 * fill it, drive() (core/drive.h) works on it.
 */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include <signal.h>
#include <stdint.h>

#include "core/cut.h"
#include "core/decide.h"
#include "core/drain.h"
#include "core/facts.h"
#include "core/fault.h"
#include "core/met.h"
#include "core/probe.h"
#include "core/raise.h"
#include "core/trace.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/addresses.h"
#include "nginx/error_log.h"
#include "nginx/install.h"
#include "nginx/listeners.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_steer.h"
#include "nginx/staged.h"
#include "nginx/way.h"
#include "os/waker.h"

struct run;

/* Called during the run, so that a person or an init system can follow. None may be NULL. */
struct run_events {
	/* A phase has ended, and took this long. */
	void (*phase)(const struct run *run, enum phase phase, uint64_t took_us);
	void (*action)(const struct run *run, enum action action);
	/* The run turns back because of this fault. */
	void (*turn)(const struct run *run, enum fault fault);
	void (*wait)(const struct run *run, const struct decision *d);
	/* The init system stops the service: the run will end every generation. */
	void (*stop_asked)(const struct run *run);
	/*
	 * SIGINT, SIGTERM or SIGQUIT has come. turns_back: false where the run can only go forward.
	 */
	void (*interrupted)(const struct run *run, int sig, bool turns_back);
	/*
	 * Somebody has sent SIGUSR1 ("finish" at another terminal): the run does not wait any
	 * longer than it must.
	 */
	void (*hurried)(const struct run *run);
	/* The system refuses this action, and the run goes on without it: run->act_error. */
	void (*without)(const struct run *run, enum action action);
	/* A probe has ended. */
	void (*probed)(const struct run *run, const struct probe *probe);
	/* Limits of the old master were raised, or put back. */
	void (*limits)(const struct run *run, bool raised);
};

struct run {
	const struct run_events *events;
	struct init *init;         /* the one that watches over this nginx */
	struct init_verdict heard; /* its answer to the last round */
	struct world world;
	struct ask ask;
	struct history history;
	struct waker waker;
	struct error_log log; /* marked before the first signal */
	struct trace *trace;  /* NULL: none */
	struct probes probes; /* of the new generation */

	struct raise raise;    /* of limits of the old master, for its next children */
	struct staged *staged; /* the copy to be installed; NULL: use the file at world.target */
	struct way_move move;  /* instead of a copy: a link to move, and move back; link "": none */
	char old_version[128]; /* part of the backup's name; "": not known */
	char new_version[128];
	char backup[PATH_MAX];       /* the backup that this run has made; "": none */
	struct socket_paths sockets; /* of a stop: unix sockets that are removed if they are left */
	unsigned leftovers;          /* how many processes a search has found */
	struct addresses listened;   /* of a stop: where nginx listened at its begin */
	struct install_error failed; /* of the last install or restore */
	int act_error;               /* with FAULT_ACTION: -errno of failed_action */
	int look_error;              /* with FAULT_UNSEEN: -errno of the last look that failed */
	enum action failed_action;

	enum outcome outcome;
	enum fault fault;        /* the first fault */
	enum fault late_fault;   /* a later fault that has spoiled the end */
	char pipe[256];          /* the named pipe at which the new master hung; "": it did not */
	bool waited;             /* `fault` came because a time was over */
	enum phase phase;        /* the present one; at the end the last */
	uint64_t phase_began_us; /* for people: a turn back does not restart it */
	uint64_t passed_us[PHASE_COUNT]; /* time spent in each phase */
	int interrupted_by;              /* signal number, 0: none */
	struct facts facts;              /* of the last look */
	uint64_t began_us;
	struct cut cut;     /* clients that were cut off */
	struct drain drain; /* clients that the run waits for */
	bool quic_moves; /* the new configuration drops an address of HTTP/3, or its reuseport: all
			    QUIC sockets are inherited, and no program is attached */
	bool quic; /* nginx listens for HTTP/3: how many of its clients were lost is not known */
	struct quic_unread unread; /* of the new master, after it has taken over */
	struct quic_healed healed; /* the sum of this run; step: of the last time */
	struct quic_steer steer;   /* the last action or attempt; step NULL: none */
	int flows;  /* for ACT_STEER: of quic_steer_prepare(), not this run's to close; -1: none */
	bool led;   /* new clients of HTTP/3 were led to the right generation all the time */
	bool fresh; /* the new generation has to get QUIC sockets of its own, which nginx gives it
		       only with quic_bpf */
	bool summed_up;           /* the caller prints a line of its own about the end */
	uint64_t serves_alone_us; /* when the new generation first served alone; 0: never */
	struct met met; /* clients that may have met a new generation that had to go again */
};

#endif
