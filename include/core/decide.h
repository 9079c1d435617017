/*
 * The handover as one pure function: facts, what was asked and the clock in, one decision out. It
 * makes no system call, reads no clock, logs nothing and keeps nothing.
 *
 *	ALONE --USR2--> SPAWNING --> BOTH --WINCH--> SHIFTED --QUIT--> CLOSING --> OVER
 *	  ^                |          |                 |
 *	  +---- undo ------+----------+-----------------+          (LOST: no master is left)
 *
 * Calling sequence, round and round until MOVE_END:
 *	observe -> decide -> MOVE_ACT:  do it; on success history_acted(),
 *	                                else say in history what was refused, and look again
 *	                     MOVE_TURN: remember the fault, set ask.goal = GOAL_BACK; in a stop do
 *	                                without what was refused: ask.restore_binary = false
 *	                     MOVE_WAIT: wait until something moves, at the latest until until_us
 *	                     MOVE_END:  stop; outcome and fault say how the world was left
 *
 * A look that failed shows nothing, least of all that somebody is dead: decide() is asked with the
 * facts of the last one that did not fail, and history.unseen_us set, and has patience.
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/facts.h"
#include "core/fault.h"

/* How long it is waited at most for the workers to accept what waits in the listen queues. The
 * exploration counts in its own units. */
#ifndef QUEUES_US
#define QUEUES_US 50000u
#endif

/* clang-format off */
#define PHASES(X)                                                                      \
	X(ALONE,    "alone",    "one generation serves")                               \
	X(SPAWNING, "spawning", "the new master starts")                               \
	X(BOTH,     "both",     "both generations accept connections")                 \
	X(SHIFTED,  "shifted",  "the new generation serves alone")                     \
	X(CLOSING,  "closing",  "the old master has had QUIT")                         \
	X(OVER,     "over",     "the old generation is gone")                          \
	X(LOST,     "lost",     "no nginx master is left")

#define ACTIONS(X)                                                                     \
	X(INSTALL,          "install the new binary")                                  \
	X(USR2,             "USR2 to the old master")                                  \
	X(WINCH,            "WINCH to the old master")                                 \
	X(HUP_OLD,          "HUP to the old master")                                   \
	X(QUIT_OLD,         "QUIT to the old master")                                  \
	X(TERM_OLD,         "TERM to the old master")                                  \
	X(KILL_OLD,         "KILL to the old master and its workers")                  \
	X(QUIT_NEW,         "QUIT to the new master")                                  \
	X(TERM_NEW,         "TERM to the new master")                                  \
	X(KILL_NEW,         "KILL to the new master and its workers")                  \
	X(QUIT_NEW_WORKERS, "QUIT to the workers of the new master")                   \
	X(QUIT_ORPHANS,     "QUIT to workers whose master is dead")                    \
	X(KILL_ORPHANS,     "KILL to workers whose master is dead")                    \
	X(RESTORE_PID_FILE, "put the pid file back")                                   \
	X(RESTORE_BINARY,   "put the old binary back")                                 \
	X(HUP,              "HUP to the master")                                       \
	X(SEARCH,           "look for what no look has seen")                          \
	X(PROBE,            "probe the new generation")

#define GOALS(X)                                                                       \
	X(FORWARD, "forward") /* hand over, or finish a handover */                    \
	X(BACK,    "back")    /* back to the old generation */                         \
	X(STOP,    "stop")    /* no generation is to be left */                        \
	X(RELOAD,  "reload")  /* the one generation is to serve with the present       \
			       * configuration */

#define OUTCOMES(X)                                                                    \
	X(DONE)     /* handed over; the old generation is gone */                      \
	X(NOTHING)  /* there was nothing to finish */                                  \
	X(HELD)     /* handed over; the old master waits as the way back, without QUIT */ \
	X(DRAINING) /* handed over; the old generation drains, and leaves by itself */ \
	X(UNDONE)   /* the old generation serves, as before */                         \
	X(STOPPED)  /* every generation is gone, as asked */                           \
	X(RELOADED) /* the workers that accept have the present configuration */       \
	X(KEPT)     /* nginx has refused it, and serves on with the one it had */      \
	X(STUCK)    /* neither way is safe: nothing more was signalled */

#define MOVES(X) X(WAIT, "wait") X(ACT, "act") X(TURN, "turn") X(END, "end")

/* The tables of structs: see core/fields.h. */
#define ASKED(X)                                                                       \
	X(GOAL, goal)                                                                  \
	X(FLAG, spawn)          /* forward: start a new generation; false only         \
				 * finishes one */                                     \
	X(FLAG, install)        /* forward: put the new binary in place before USR2 */ \
	X(FLAG, restore_binary) /* back, stop: the path is to hold what the old master \
				 * runs */                                             \
	X(FLAG, hurry)          /* forward: QUIT does not wait for the old workers'    \
				 * clients */                                          \
	X(FLAG, drain_term)     /* a drain that takes too long is ended with TERM, not \
				 * left */                                             \
	X(COUNT, workers)       /* forward: as many as the configuration asks for; 0:  \
				 * not known */                                        \
	X(FLAG, prove)          /* forward: no QUIT before the new generation is       \
				 * probed */                                           \
	X(TIME, start_timeout_us)                                                      \
	X(TIME, settle_us)                                                             \
	X(TIME, drain_timeout_us)                                                      \
	X(TIME, probe_timeout_us) /* each probe keeps it; this is for one that does    \
				   * not */                                            \
	X(TIME, hold_us)        /* forward: the old master is to be left without QUIT; \
				 * how long is the caller's business; 0: it is not */

/* Times of one monotonic clock, never 0; 0 means "not in this run". */
#define HISTORY(X)                                                                     \
	X(TIME, now_us)                                                                \
	X(TIME, began_us)       /* the run began, or turned back */                    \
	X(TIME, phase_since_us) /* the present phase was first seen */                 \
	X(TIME, steady_us)      /* since then each look has shown old.idle and         \
				 * new.alive as they are now; an action sets it to 0 */ \
	X(TIME, renewed_us)     /* new.renewed was first seen; 0: it was not */        \
	X(TIME, proven_us)      /* since then the probe has passed; 0: it has not */   \
	X(PHASE, phase)         /* that the last look has shown */                     \
	X(TIME, unseen_us)      /* since then each look has failed; 0: the last has    \
				 * not */                                              \
	X(ACTION, refused)      /* the system has refused this, with nothing else done \
				 * since: */                                           \
	X(TIME, refused_since_us) /* at first then; 0: nothing was refused */          \
	X(TIME, refused_us)     /* and at last then */                                 \
	X(FLAG, refused_lastingly) /* for what hardly mends by itself: a permission,   \
				    * say */

#define DECISION(X)                                                                    \
	X(PHASE, phase)                                                                \
	X(MOVE, move)                                                                  \
	X(ACTION, action)   /* MOVE_ACT */                                             \
	X(FAULT, fault)     /* MOVE_TURN: why; MOVE_END: what spoiled the end, or      \
			     * FAULT_NONE */                                           \
	X(OUTCOME, outcome) /* MOVE_END */                                             \
	X(TIME, until_us)   /* MOVE_WAIT */
/* clang-format on */

#define PHASE_ENUM(name, word, text) PHASE_##name,
enum phase { PHASES(PHASE_ENUM) PHASE_COUNT };
#undef PHASE_ENUM

#define ACTION_ENUM(name, text) ACT_##name,
enum action { ACTIONS(ACTION_ENUM) ACT_COUNT };
#undef ACTION_ENUM

#define GOAL_ENUM(name, word) GOAL_##name,
enum goal { GOALS(GOAL_ENUM) };
#undef GOAL_ENUM

#define OUTCOME_ENUM(name) OUTCOME_##name,
enum outcome { OUTCOMES(OUTCOME_ENUM) };
#undef OUTCOME_ENUM

#define MOVE_ENUM(name, word) MOVE_##name,
enum move { MOVES(MOVE_ENUM) };
#undef MOVE_ENUM

/* clang-format off */
struct ask { ASKED(FIELD) };

struct history {
	HISTORY(FIELD)
	uint64_t acted_us[ACT_COUNT]; /* when each action last succeeded */
};

struct decision { DECISION(FIELD) };
/* clang-format on */

/*
 * The phase that the facts show. What this run has sent counts only for QUIT to the old master, and
 * where the old generation has no worker that accepts: was it told to leave, or has it never had
 * any?
 */
enum phase phase_of(const struct facts *f, const struct history *h);

/* Whom the init system is to take for the service's main process. */
enum main_process {
	MAIN_AS_IS, /* whom it takes now */
	MAIN_OLD,
	MAIN_NEW
};

/*
 * The new master when its generation has been watched for the settle time and proven, the old one
 * again as soon as the run turns back. Not earlier: a new master that crashed could not be taken
 * back (nobody can speak for a process that is dead), and would take the service along. Not later:
 * a reload or a stop during a long drain must reach the generation that serves.
 */
enum main_process main_process_of(const struct facts *f, const struct ask *a,
				  const struct history *h);

/*
 * The action has been done at this time. What was told to orphans makes a search before it worth
 * nothing; whom a search finds is told anew.
 */
void history_acted(struct history *h, enum action action, uint64_t now_us);

struct decision decide(const struct facts *f, const struct ask *a, const struct history *h);

/* The earlier of this run's WINCH and QUIT to the old master, else the begin of the run: from then
 * on the old generation drains. */
uint64_t drain_deadline_us(const struct ask *a, const struct history *h);

/* "spawning"; for scripts and logs. */
const char *phase_word(enum phase phase);

/* "the new master starts"; for people. */
const char *phase_text(enum phase phase);

/* "WINCH to the old master". */
const char *action_text(enum action action);

#endif
