/*
 * What one look at the world showed. observe() fills it, decide() reads it; nothing in here is
 * remembered from an earlier look except where the comment says so.
 *
 * "old" is the generation that was there first, "new" the one that USR2 started. While only one
 * master lives and no handover is under way, it is "old". The handover is over when "old" is gone.
 *
 * A fact more is a line more in its table, see core/fields.h; a trace then holds it.
 */
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include "core/fields.h"
#include "nginx/probe.h"

/* clang-format off */
#define PID_FILE_STATES(X)                                                                 \
	X(MISSING, "missing")                                                              \
	X(EMPTY,   "empty")   /* a normal moment: nginx truncates, then writes */          \
	X(OLD,     "old")     /* names the old master */                                   \
	X(NEW,     "new")     /* names the new master */                                   \
	X(OTHER,   "other")   /* names something else, or cannot be trusted */

#define GENERATION_FACTS(X)                                                                \
	/* The master lives; a zombie does not. */                                         \
	X(FLAG, alive)                                                                     \
	/*                                                                                 \
	 * The master sleeps in sigsuspend() with no signal pending: whatever was sent     \
	 * to it before this look has been dealt with, and its consequences (a fork, a     \
	 * rename) are in the rest of this look. Before its first sigsuspend() a new       \
	 * master blocks every signal, so that this also says "it has forked its workers   \
	 * and is in its loop".                                                            \
	 */                                                                                \
	X(FLAG, idle)                                                                      \
	X(COUNT, accepting) /* "nginx: worker process" */                                  \
	X(COUNT, starting)  /* forked, its title not yet a worker's */                     \
	X(COUNT, leaving)   /* "nginx: worker process is shutting down" */                 \
	X(COUNT, orphans)   /* workers that this run knew, or found, without a master */   \
	X(COUNT, orphans_accepting) /* of these, those that have not begun to leave */     \
	X(COUNT, fresh)     /* of those that accept: came after this run's HUP */          \
	X(FLAG, renewed)    /* since the run began its master has read its configuration   \
			     * anew: a whole set of workers came, and the former one is    \
			     * to leave */                                                 \
	/*                                                                                 \
	 * Workers that vanished since the run began, or sent HUP, without having been     \
	 * seen to leave first: they crashed, were killed, or had nothing to finish.       \
	 * Counted over the looks of this run.                                             \
	 */                                                                                \
	X(COUNT, deaths)

#define FACTS(X)                                                                           \
	X(PID_FILE, pid_file)                                                              \
	X(FLAG, oldbin)           /* PID.oldbin names the old master: it accepted USR2 */  \
	X(FLAG, closing)          /* the old master listens no more: it has had QUIT */    \
	X(FLAG, quitting)         /* the one master listens no more: it has had QUIT */    \
	X(FLAG, new_listens)      /* the new master, all of whose workers leave, listens:  \
				   * it has had no QUIT yet */                             \
	X(FLAG, winch_stalls)     /* after WINCH, sockets of the old master would be, or   \
				   * are, left to nobody on addresses that are served */   \
	X(COUNT, queued)          /* connections that wait to be accepted on TCP sockets   \
				   * of the old master, while both generations accept */   \
	X(FLAG, binary_installed) /* the path holds what was asked for */                  \
	X(FLAG, behind)           /* the init system hears us and still shows the old      \
				   * master */                                             \
	X(FLAG, clings)           /* it takes the old master's end for the service's */    \
	X(FLAG, wrong_image)      /* the new master, in its loop, executes another file    \
				   * than that */                                          \
	X(FLAG, binary_is_old)    /* the path holds the very file that the old master runs */  \
	X(PROBE, probe)           /* that this run has begun, of the new generation */
/* clang-format on */

#define PID_FILE_ENUM(name, word) PID_FILE_##name,
enum pid_file_state { PID_FILE_STATES(PID_FILE_ENUM) };
#undef PID_FILE_ENUM

/* clang-format off */
struct generation_facts { GENERATION_FACTS(FIELD) };

struct facts {
	struct generation_facts old;
	struct generation_facts new;
	FACTS(FIELD)
};
/* clang-format on */

#endif
