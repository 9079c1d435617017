/*
 * The handover as one pure function: facts, what was asked for and the time go in, one decision
 * comes out. It makes no system call, reads no clock, prints nothing and stores nothing.
 *
 *	ALONE --USR2--> SPAWNING --> BOTH --WINCH--> SHIFTED --QUIT--> CLOSING --> OVER
 *	  ^                |          |                 |
 *	  +---- undo ------+----------+-----------------+          (LOST: no master is left)
 *
 * Calling sequence, repeated until MOVE_END:
 *
 *	observe -> decide -> MOVE_ACT:  do it; after success history_acted(),
 *	                                else note the refusal in history, and look again
 *	                     MOVE_TURN: ask_without() true: go on as before, without what was
 *	                                refused; else remember the fault, and set
 *	                                ask.goal = GOAL_BACK
 *	                     MOVE_WAIT: wait until something happens, at most until until_us
 *	                     MOVE_END:  stop; outcome and fault say how the world was left
 *
 * A look that failed shows nothing, and in particular not that a process is dead: decide() then
 * gets the facts of the last look that succeeded, and history.unseen_us, and waits.
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/facts.h"
#include "core/fault.h"
#include "core/fields.h"

/*
 * The longest wait for the workers to accept what is in the listen queues. The exploration counts
 * in its own units.
 */
#ifndef QUEUES_US
#define QUEUES_US 50000u
#endif

/* Longer than the packets of a handshake of HTTP/3 take to arrive. Likewise. */
#ifndef HANDSHAKE_US
#define HANDSHAKE_US 300000u
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
	X(SEARCH,           "look for processes that no look has seen yet")                          \
	X(PROBE,            "probe the new generation")                                \
	X(HEAL,             "take UDP sockets that nobody reads out of use")           \
	X(STEER,            "attach a program to the UDP sockets")                     \
	X(SWITCH,           "lead new clients of HTTP/3 to the new generation")        \
	X(SWITCH_BACK,      "lead new clients of HTTP/3 to the old generation")        \
	X(UNSTEER,          "detach the program from the UDP sockets")

#define GOALS(X)                                                                       \
	X(FORWARD, "forward") /* hand over, or finish a handover */                    \
	X(BACK,    "back")    /* back to the old generation */                         \
	X(STOP,    "stop")    /* no generation is to be left */                        \
	X(RELOAD,  "reload")  /* the only generation has to read its configuration     \
			       * again */

#define OUTCOMES(X)                                                                    \
	X(DONE)     /* handed over; the old generation is gone */                      \
	X(NOTHING)  /* there was nothing to finish */                                  \
	X(HELD)     /* handed over; the old master waits as the way back, without QUIT */ \
	X(DRAINING) /* handed over; the old generation drains and will leave by itself */ \
	X(UNDONE)   /* the old generation serves, as before */                         \
	X(STOPPED)  /* every generation is gone, as asked */                           \
	X(RELOADED) /* the workers that accept have the present configuration */       \
	X(KEPT)     /* nginx has refused the configuration, and serves with the former */ \
	X(STUCK)    /* neither way is safe: no further signal was sent */

#define MOVES(X) X(WAIT, "wait") X(ACT, "act") X(TURN, "turn") X(END, "end")

/* The tables of structs: see core/fields.h. */
#define ASKED(X)                                                                       \
	X(GOAL, goal)                                                                  \
	X(FLAG, spawn)          /* forward: start a new generation; false: only finish \
				 * a handover */                                       \
	X(FLAG, install)        /* forward: put the new binary in place before USR2 */ \
	X(FLAG, restore_binary) /* back, stop: put the file that the old master        \
				 * executes back to the path */                        \
	X(FLAG, heal)           /* take UDP sockets that nobody reads out of use */    \
	X(FLAG, attach)         /* forward: attach our program before USR2 */          \
	X(FLAG, steer)          /* where it is attached: let it lead clients */        \
	X(FLAG, detach)         /* detach it at the end */                             \
	X(FLAG, attended)       /* ... unless the old generation outlasts the run:     \
				 * then a process of ours takes charge of it */        \
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
	X(TIME, probe_timeout_us) /* each probe ends at it; decide() waits a little    \
				   * longer, for a probe that does not */              \
	X(TIME, hold_us)        /* forward: end with OUTCOME_HELD, without QUIT; the   \
				 * caller ends the hold in time; 0: no hold */

/* Times of one monotonic clock, never 0. A time that is 0 means "not in this run". */
#define HISTORY(X)                                                                     \
	X(TIME, now_us)                                                                \
	X(TIME, began_us)       /* the run began, or turned back */                    \
	X(TIME, phase_since_us) /* the present phase was first seen */                 \
	X(TIME, steady_us)      /* since when each look has shown old.idle and         \
				 * new.alive as they are now; an action sets it to 0 */ \
	X(TIME, renewed_us)     /* new.renewed was first seen; 0: it was not */        \
	X(TIME, proven_us)      /* since when the probes have passed; 0: they have not */ \
	X(PHASE, phase)         /* of the last look */                                 \
	X(TIME, unseen_us)      /* since when each look has failed; 0: the last one    \
				 * succeeded */                                        \
	X(ACTION, refused)      /* the system has refused this action, and no other    \
				 * has succeeded since */                              \
	X(TIME, refused_since_us) /* the first refusal; 0: nothing is refused */       \
	X(TIME, refused_us)     /* the last refusal */                                 \
	X(FLAG, refused_lastingly) /* for a reason that hardly passes by itself: a     \
				    * permission, for example */

#define DECISION(X)                                                                    \
	X(PHASE, phase)                                                                \
	X(MOVE, move)                                                                  \
	X(ACTION, action)   /* MOVE_ACT: to be done; MOVE_TURN: refused, and the run   \
			     * can do without it; or 0 */                              \
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
 * The phase that the facts show. Actions of this run count only for QUIT to the old master, and
 * where the old generation has no worker that accepts: was it told to leave, or has it never had
 * any?
 */
enum phase phase_of(const struct facts *f, const struct history *h);

/* Which master the init system should take for the service's main process. */
enum main_process {
	MAIN_AS_IS, /* no change */
	MAIN_OLD,
	MAIN_NEW
};

/*
 * The new master as soon as its generation has been watched for the settle time and proven; the old
 * one again as soon as the run turns back. Not earlier: a new master that was reported and then
 * crashed could not be taken back (nobody can speak for a dead process), and the service would end
 * with it. Not later: a reload or stop during a long drain must reach the generation that serves.
 */
enum main_process main_process_of(const struct facts *f, const struct ask *a,
				  const struct history *h);

/*
 * Notes that the action has succeeded at this time. After a signal to orphans a former search
 * counts no more, and orphans that a new search finds get their signals again.
 */
void history_acted(struct history *h, enum action action, uint64_t now_us);

/*
 * After MOVE_TURN with this action. True: the run goes on as before, without the action, which is
 * removed from *a. This holds for actions that are done for HTTP/3 alone, and in a stop for putting
 * the binary back: without them nothing is spoiled.
 */
bool ask_without(struct ask *a, enum action action);

struct decision decide(const struct facts *f, const struct ask *a, const struct history *h);

/*
 * The end of the drain: drain_timeout_us after this run's WINCH, or else QUIT, to the old master,
 * or else after the begin of the run.
 */
uint64_t drain_deadline_us(const struct ask *a, const struct history *h);

/* "spawning"; for scripts and logs. */
const char *phase_word(enum phase phase);

/* "the new master starts"; for people. */
const char *phase_text(enum phase phase);

/* "WINCH to the old master". */
const char *action_text(enum action action);

#endif
