/*
 * What one look at the world has shown. observe() fills it, decide() reads it. Nothing in here is
 * remembered from an earlier look, except where a comment says so.
 *
 * "old" is the generation that was there first, "new" the one that USR2 started. While only one
 * master lives and no handover is under way it is "old". The handover is over when "old" is gone.
 *
 * Each fact is one line in a table, see core/fields.h; a trace then contains it.
 */
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include "core/fields.h"
#include "nginx/probe.h"

/* clang-format off */
#define PID_FILE_STATES(X)                                                                 \
	X(MISSING, "missing")                                                              \
	X(EMPTY,   "empty")   /* normal for a moment: nginx truncates it, then writes */   \
	X(OLD,     "old")     /* names the old master */                                   \
	X(NEW,     "new")     /* names the new master */                                   \
	X(OTHER,   "other")   /* names something else, or cannot be trusted */

#define GENERATION_FACTS(X)                                                                \
	/* The master lives; a zombie does not. */                                         \
	X(FLAG, alive)                                                                     \
	/*                                                                                 \
	 * The master sleeps in sigsuspend() with no signal pending: it has handled every  \
	 * signal from before this look, and the effects (a fork, a rename) are visible    \
	 * in the rest of this look. A new master blocks all signals until its first       \
	 * sigsuspend(), so that this also means "it has forked its workers and is in its  \
	 * loop".                                                                          \
	 */                                                                                \
	X(FLAG, idle)                                                                      \
	X(COUNT, accepting) /* "nginx: worker process" */                                  \
	X(COUNT, starting)  /* forked, without the title of a worker yet */                \
	X(COUNT, leaving)   /* "nginx: worker process is shutting down" */                 \
	X(COUNT, orphans)   /* known workers of this generation whose master is dead */    \
	X(COUNT, orphans_accepting) /* orphans that have not begun to leave */             \
	X(COUNT, fresh)     /* of `accepting`: workers from after this run's HUP */        \
	X(FLAG, renewed)    /* since the run began the master has read its configuration   \
			     * again: a whole set of workers came, and the former set has  \
			     * to leave */                                                 \
	/*                                                                                 \
	 * Workers that vanished before a look has seen them leave: they crashed, were     \
	 * killed, or had nothing to finish. Counted over all looks since the run began    \
	 * or sent HUP.                                                                    \
	 */                                                                                \
	X(COUNT, deaths)

#define FACTS(X)                                                                           \
	X(PID_FILE, pid_file)                                                              \
	X(FLAG, oldbin)           /* PID.oldbin names the old master: it accepted USR2 */  \
	X(FLAG, closing)          /* the old master has no listening socket any more: it   \
				   * has had QUIT */                                       \
	X(FLAG, quitting)         /* the same of the only master */                        \
	X(FLAG, new_listens)      /* the new master still has listening sockets though all \
				   * its workers leave: it has not had QUIT */             \
	X(FLAG, winch_stalls)     /* without the old workers (after WINCH) nobody reads    \
				   * some sockets of the old master, on addresses that are \
				   * served */                                             \
	X(COUNT, queued)          /* connections that wait to be accepted on TCP sockets   \
				   * of the old master, while both generations accept */   \
	X(FLAG, binary_installed) /* the path holds the file that was asked for */         \
	X(FLAG, behind)           /* the init system listens to us and still shows the old \
				   * master */                                             \
	X(FLAG, clings)           /* the init system will take the end of the old master   \
				   * for the end of the service */                         \
	X(FLAG, wrong_image)      /* the new master, in its loop, executes another file    \
				   * than was asked for */                                 \
	X(FLAG, binary_is_old)    /* the path holds the file that the old master executes */   \
	X(COUNT, unread)          /* UDP sockets of the last master, on addresses of its   \
				   * workers, that no worker reads; 0 while any process of \
				   * another generation lives */                           \
	X(FLAG, steered)          /* a program of ours decides which HTTP/3 socket of      \
				   * these masters gets a client; this run or an earlier   \
				   * one has attached it */                                \
	X(FLAG, switched)         /* that program leads new clients to the new generation */   \
	X(PROBE, probe)           /* the result of this run's probes of the new generation */
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
