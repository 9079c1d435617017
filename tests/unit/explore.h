/*
 * The exploration: the real decide() against a small model of nginx, of what can happen to it, and
 * of the helper that looks, acts, dies and is run again. Every reachable state is visited once,
 * breadth first, so that the first trace to a broken invariant is a shortest one.
 *
 * explore_nginx.c   what two nginx masters and their workers do by themselves
 * explore_faults.c  what happens to them
 * explore_clock.c   the times that a run remembers
 * explore_helper.c  the loop that observe(), decide() and act() make, and its death
 * explore_look.c    one look: the facts, read in several parts while nginx goes on
 * explore_acts.c    what it does
 * explore_failures.c  what the system refuses to it
 * explore_check.c   what must hold
 * explore_turn.c    ... where a run gives up
 * explore_quic.c    ... of HTTP/3
 * explore_rest.c    ... when a run has ended
 * explore_search.c  the search
 * explore_print.c   a trace, a line a step
 *
 * Time is counted in units; LEAVE_GRACE_US, CALM_US, QUEUES_US and HANDSHAKE_US are one unit here,
 * by -D. The model assumes, as CALM_US does, that a worker that was told to leave turns before a
 * unit has passed. Wake-ups are lost and looks come late, but as in os/waker.h not for ever: two
 * units at most pass between looks.
 */
#ifndef TESTS_UNIT_EXPLORE_H
#define TESTS_UNIT_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide.h"

enum { NEW_WORKERS = 2, SETTLE = 1 };

/* Workers of one master, by what they are. "Told": QUIT is on its way to them. */
struct workers {
	uint32_t starting : 3;
	uint32_t accepting : 3;
	uint32_t starting_told : 3;
	uint32_t accepting_told : 3;
	uint32_t leaving : 3;
	uint32_t crashed : 3; /* dead, to be started again when the master reaps */
	uint32_t wedged : 1;  /* the told ones never turn */
	/* Of the old master only: how many of the first two came after this run's HUP. */
	uint32_t fresh_starting : 3;
	uint32_t fresh_accepting : 3;
	uint32_t unused : 7;
};

/* Bits of what waits at a master. */
enum { P_CHLD = 1, P_USR2 = 2, P_WINCH = 4, P_HUP = 8, P_QUIT = 16, P_TERM = 32 };

/* Where the old master is in its round: asleep, or between two things that a look can tell apart.
 */
enum old_step {
	OLD_SLEEPS,
	OLD_REAPED,
	OLD_RENAMED,
	OLD_STARTED /* HUP: it gives the workers that it has started 100 ms */
};

/* What the old master believes about a new binary (nginx: ngx_new_binary). */
enum old_child { CHILD_NONE, CHILD_LIVES, CHILD_SPOILED };

enum new_stage {
	NEW_NONE,
	NEW_FORKED, /* has not executed anything yet */
	NEW_EXECED,
	NEW_PID_EMPTY,
	NEW_PID_WRITTEN,
	NEW_FORKS, /* one worker of two is there */
	NEW_LOOPS,
	NEW_ZOMBIE /* dead, the old master has not reaped it */
};

/* How the workers of the new generation behave from some moment on. */
enum crash_mode { CRASH_NEVER, CRASH_LOOP, CRASH_EXIT };

enum file_names { FILE_MISSING, FILE_EMPTY, FILE_OLD, FILE_NEW };

/*
 * What may be wrong with a new generation from its exec on: name, the fault that it is, the fact
 * that shows it as soon as a look of an upgrade has met the generation ready, and what happens.
 */
#define FLAWS(X)                                                                                   \
	X(IMAGE, FAULT_WRONG_BINARY, wrong_image, "new master is about to execute another file")

#define FLAW_ENUM(name, fault, fact, what) FLAW_##name,
enum flaw { FLAW_NONE, FLAWS(FLAW_ENUM) };
#undef FLAW_ENUM

enum mode {
	MODE_NONE, /* no helper runs */
	MODE_WAIT,
	MODE_LOOK1, /* the first part of a look has been read, and so on */
	MODE_LOOK2,
	MODE_LOOK3,
	MODE_LOOK4,
	MODE_ACT, /* decided, not yet done */
	MODE_ENDED
};

enum command { CMD_UPGRADE, CMD_FINISH, CMD_ROLLBACK, CMD_STOP, CMD_RELOAD, CMD_COUNT };

/* A probe of the new generation; and then a hold of the old master. */
enum wants { WANTS_NOTHING, WANTS_PROBE, WANTS_HOLD };

/* Where new clients of HTTP/3 are led, by a program that outlives the helper. */
enum steer_to { STEER_NONE, STEER_OLD, STEER_NEW, STEER_BACK };

/* After MODE_ENDED, beside the outcomes of decide(). */
enum { ENDED_REFUSED = OUTCOME_STUCK + 1, ENDED_NOT_RUNNING };

/* Compared and hashed as bytes: no padding, and what has no meaning in a state is 0. */
struct state {
	struct workers oldw;
	struct workers neww;

	uint32_t old_alive : 1;
	uint32_t old_step : 2;
	uint32_t old_pending : 6;
	uint32_t old_child : 2;
	uint32_t old_noaccepting : 1;
	uint32_t old_quit : 1;
	uint32_t old_term : 1;
	uint32_t old_live : 1; /* nginx: live, as the last reaping left it */
	uint32_t old_reconfigure : 1;
	uint32_t old_restart : 1;
	uint32_t old_change : 1;
	uint32_t old_noaccept : 1;
	uint32_t new_stage : 3;
	uint32_t new_pending : 6;
	uint32_t new_quit : 1;
	uint32_t new_term : 1;
	uint32_t new_live : 1;
	uint32_t new_hangs : 1;

	uint32_t pid_file : 2;
	uint32_t oldbin : 1;       /* PID.oldbin exists and names the old master */
	uint32_t path_new : 1;     /* the path holds the new binary */
	uint32_t old_runs_new : 1; /* the first generation is gone; "old" is its heir */
	uint32_t crash_mode : 2;
	uint32_t stalls : 1;
	uint32_t drain_term : 1;
	uint32_t faults_left : 2;
	uint32_t lives_left : 2;
	/* What the checks remember; nobody else reads it. */
	uint32_t slow : 1;       /* time passed while nginx had something to do */
	uint32_t lost : 1;       /* a fault took the last accepting worker of the new generation */
	uint32_t stop_asked : 1; /* by this run or one before */
	uint32_t back_asked : 1; /* likewise, or a run turned */
	uint32_t old_told_quit : 1; /* a signal that ends it was sent to the old master */
	uint32_t strange : 1;       /* a master was killed from outside */
	uint32_t new_died : 1;      /* a new master died of a fault */
	uint32_t spoiled : 1;       /* USR2 was handled without a right pid file */
	uint32_t late : 1;          /* two units have passed between looks */
	uint32_t hidden : 1;        /* a child that this run never saw has lost its master */
	uint32_t strays : 1; /* orphans of a generation that nobody knows any more serve on */
	uint32_t stale : 1;  /* a fault has struck during the present look, or the last of all */
	/* Units, and one, since when every look of this run shows the new generation to serve. */
	uint32_t alone : 2;
	uint32_t age : 5; /* units since the run began or turned; counted only when asked for */

	uint32_t mode : 3;
	uint32_t command : 3;
	uint32_t goal : 2;
	uint32_t restore : 1;
	uint32_t installed : 1; /* by this run */
	uint32_t looked : 1;    /* a look of this run is complete */
	uint32_t action : 5;
	uint32_t until : 2;     /* units that may pass until it looks again */
	uint32_t polls_old : 1; /* the last look met it at work: no unit passes once it is idle */
	uint32_t polls_new : 1;
	uint32_t phase : 3;
	uint32_t sweeps_old : 1; /* whose orphans the decided action is for */
	uint32_t sweeps_new : 1;
	uint32_t known_new : 2;   /* workers of the new master that a look of this run has seen */
	uint32_t known_old : 1;   /* a look of this run has seen the old workers */
	uint32_t knows_new : 1;   /* ... the new master, alive or dead */
	uint32_t death_fresh : 1; /* a seen worker died since the last look */
	uint32_t deaths : 1;      /* ... and a look has shown it */
	uint32_t hupped : 1;      /* for the checks: others have sent HUP to the old master */

	uint32_t seen_old_idle : 1;
	uint32_t seen_new_idle : 1;
	uint32_t seen_newcomer : 1; /* a new master that the run did not know yet */
	uint32_t seen_new_alive : 1;
	uint32_t seen_new_accepting : 1;
	uint32_t seen_new_starting : 1;
	uint32_t seen_new_leaving : 1;
	uint32_t seen_new_orphans : 1;
	uint32_t seen_old_alive : 1;
	uint32_t seen_old_accepting : 1;
	uint32_t seen_old_starting : 1;
	uint32_t seen_old_leaving : 1;
	uint32_t seen_old_orphans : 1;
	uint32_t began : 4; /* these as in `acted` */
	uint32_t phase_since : 4;
	uint32_t steady : 4;
	uint32_t was_idle : 1; /* the old master, at the last look */
	uint32_t was_new : 1;  /* a new master lived */
	uint32_t spoilt : 1;   /* it ended with a fault */
	uint32_t seen_pid_file : 2;
	uint32_t restless : 1; /* something wakes the old master again and again */
	uint32_t deaf : 1;     /* the new master ignores QUIT */

	uint32_t outcome : 4;
	uint32_t seen_old_fresh : 1;
	uint32_t took_config : 1; /* for the checks: the old master, at this run's HUP */
	uint32_t blind : 1;       /* each look fails, until that is over */
	uint32_t unseen : 4;      /* as in `acted`: since when each has */
	uint32_t refuses : 1;     /* the system refuses `refused` in this run, again and again */
	uint32_t refused : 5;     /* the action that it has refused */
	uint32_t refused_since : 4;
	uint32_t refused_last : 4;
	uint32_t lastingly : 1;
	uint32_t wants : 2; /* of enum wants: what is asked for beside the handover */
	uint32_t probe : 2; /* of enum probe_state: what this run has begun */
	uint32_t probe_hangs : 1;
	uint32_t quic : 1; /* HTTP/3: a generation that leaves its sockets leaves them unread */
	uint32_t unread_old : 1;  /* the old master holds sockets that nobody reads */
	uint32_t unread_new : 1;  /* ... will, once the old generation is gone */
	uint32_t sticks : 1;      /* to take them out of use has no effect */
	uint32_t heals : 1;       /* this run is to */
	uint32_t healed : 1;      /* ... and has, in this phase */
	uint32_t wants_steer : 1; /* QUIC=steer */
	uint32_t steer : 2;       /* of enum steer_to */
	uint32_t attaches : 1;    /* what this run is asked for, as in struct ask */
	uint32_t steers : 1;
	uint32_t detaches : 1;
	uint32_t attended : 1;  /* where a drain outlasts a run, somebody takes charge */
	uint32_t did_steer : 1; /* it has, and of the next three: in this phase */
	uint32_t did_switch : 1;
	uint32_t did_back : 1;
	uint32_t did_unsteer : 1;
	uint32_t flaw : 3;      /* of enum flaw: of the new generation */
	uint32_t settled : 1;   /* ... and a look of this run has met it in its loop: it shows */
	uint32_t unused_6 : 12; /* the place for a new bit: the words above are full */

	uint64_t acted; /* 4 bits an action: 0 never, else its age in units and one */
};

enum { MAX_STEPS = 64 };

/* What can happen next. */
struct steps {
	int count;
	struct state next[MAX_STEPS];
	const char *what[MAX_STEPS];
	const char *broken[MAX_STEPS]; /* "invariant: what is wrong", or NULL */
};

/* Set by NAME=NUMBER on the command line. */
struct bounds {
	unsigned faults;      /* a path has at most so many */
	unsigned lives;       /* deaths and interruptions of the helper, likewise */
	unsigned old_workers; /* 1 or 2 */
	unsigned start;       /* timeouts, in units */
	unsigned drain;
	unsigned age;    /* a run lasts at most so many units, if not 0; at most 30 */
	unsigned deep;   /* nginx may go on between all five parts of a look, not just three; TERM
			  * ends a drain with and without WINCH */
	unsigned quic;   /* with HTTP/3 */
	unsigned probes; /* the handovers are probed and held; else none is */
	unsigned trace;  /* print it */
	size_t max_states;
};

extern struct bounds bounds;

/* Adds a copy of `from`, to be changed by the caller. */
struct state *step_add(struct steps *to, const struct state *from, const char *what);

/* explore_nginx.c */
unsigned old_workers(const struct state *s); /* as its configuration has it */
unsigned workers_all(const struct workers *w);
bool new_lives(const struct state *s);
bool new_runs(const struct state *s); /* ... and has executed the new binary */
bool somebody_accepts(const struct state *s);
void workers_told(struct workers *w);
void workers_gone(struct workers *w);
void old_dies(struct state *s);
void new_dies(struct state *s);
void nginx_steps(const struct state *s, struct steps *to);
/* nginx has something to do that needs no patience: all but drains. */
bool nginx_busy(const struct state *s);
bool old_idle(const struct state *s);
bool new_idle(const struct state *s);
/* A worker is about to turn; see the top. */
bool worker_turns(const struct state *s);

/* explore_faults.c */
void fault_steps(const struct state *s, struct steps *to);

/* explore_look.c */
/* The next part of a look; not the last. */
void look_part(struct state *s);
/* A part has failed: nothing of it counts. */
void look_fails(struct state *s);
/* The last part, and what all show together. */
void look_ends(struct state *s, struct facts *ret);

/* explore_clock.c */
void time_passes(struct state *s); /* one unit */
void phase_begins(struct state *s);
unsigned acted_code(const struct state *s, enum action action);
void set_acted(struct state *s, enum action action, unsigned code);
void helper_history(const struct state *s, struct history *ret);

/* explore_helper.c */
void helper_steps(const struct state *s, struct steps *to);
void helper_begins(struct state *s, enum command command);
void helper_ask(const struct state *s, struct ask *ret);
/* The last part of a look, and what follows from it. */
struct decision helper_decides(struct state *s, struct facts *ret_facts, const char **ret_refused);
void helper_acts(struct state *s);
/* Instead of that: the system refuses the action. */
void helper_is_refused(struct state *s, bool lastingly);
/* Instead of helper_decides(): a part of the look has failed. */
struct decision helper_sees_nothing(struct state *s);

/*
 * explore_check.c, explore_rest.c: each returns NULL, or "invariant: what is wrong". What may not
 * happen in a state, what may not be decided, how the world may not come to rest after a run has
 * ended, and that a run ends when nginx does nothing more at all.
 */
const char *check_state(const struct state *s);
const char *check_decision(const struct state *s, const struct facts *f, const struct decision *d);
const char *check_unseen(const struct state *s, const struct decision *d);
bool old_serves(const struct state *s);
const char *check_rest(const struct state *s);
const char *check_frozen(const struct state *s);

/* explore_turn.c: given up for this, and turned back by this decision. */
const char *check_patience(const struct state *s, enum fault fault);
const char *check_turn(const struct state *s, const struct decision *d);

/* explore_quic.c: what a decision may not do to HTTP/3; and what an end may not leave. */
const char *check_quic(const struct state *s, const struct facts *f, enum action action);
const char *check_quic_end(const struct state *s, const struct facts *f, enum outcome outcome);

/* explore_acts.c has helper_acts() and helper_is_refused(); a row of refusals ends with this. */
void forget_refusal(struct state *s);

/* explore_failures.c: what the system refuses to the helper, an action that it has decided, a look
 */
void refusals(const struct state *s, struct steps *to);
void failing_looks(const struct state *s, struct steps *to);

/* explore_search.c */
struct result {
	size_t states;
	size_t transitions;
	size_t depth;
	size_t ends;
	const char *broken;
	size_t trace_length;
	bool full; /* max_states was reached */
};
void all_steps(const struct state *s, struct steps *to);
int search(struct result *ret);

/* explore_print.c */
void print_state(const struct state *s);
void print_step(const struct state *from, const struct state *to, const char *what, size_t number);

#endif
