/*
 * Strays: processes that serve beside the known nginx. A second master of the same binary and
 * configuration (the pid file was lost, and nginx was started again with reuseport), and workers
 * whose master is dead (nginx does not end them with it). They share addresses with the known
 * nginx, and nothing else shows them.
 *
 * Candidates are found by their titles. Before one counts as this nginx's it is proven: by the user
 * ids, the executable, and for workers by listening sockets that they share with the master; or by
 * the session that their master has begun (setsid(2): the number of a session is not given to
 * another process as long as the session exists); or by where they listen, if that is exactly where
 * the configuration says.
 *
 *	strays_find -> strays_prove -> strays_text, strays_adopt_workers ...
 */
#ifndef CORE_STRAYS_H
#define CORE_STRAYS_H

#include <stddef.h>

#include "core/world.h"
#include "nginx/ask_nginx.h"
#include "os/file_id.h"
#include "os/process.h"

enum { STRAYS_MAX = 64 };

struct stray {
	struct process process;
	bool master;
	bool proven;     /* it belongs to this nginx */
	bool by_session; /* proven only by the number of its session */
	bool in_the_way; /* it takes clients of this nginx: it listens on an address of the known
			    master */
	bool adopted;
	struct file_id image_id;
};

struct strays {
	size_t count; /* of list[] */
	size_t more;  /* how many did not fit */
	struct stray list[STRAYS_MAX];
};

/*
 * Searches all processes. w is open; or it could not be opened, and then dead_master is the pid in
 * its pid file, or 0, and binary is the path that would be started, or "". 0 or -errno.
 */
int strays_find(const struct world *w, pid_t dead_master, const char *binary, struct strays *ret);

/* Keeps only strays for which stays() is true. */
void strays_keep(struct strays *s, bool (*stays)(const struct stray *stray));

/*
 * Text for a message: "of the same binary and configuration: master 12; of a master that is dead:
 * worker 13, 14". Returns ret.
 */
const char *strays_text(const struct strays *s, char *ret, size_t size);

/*
 * Where the proof depends on it: has nginx print its configuration (-T), and proves strays by where
 * that listens. t says which nginx to execute, as which user and with which arguments; pid_path:
 * where the test may leave an empty file. Not for use in a handover, since nginx -t creates a pid
 * file where there is none.
 */
void strays_prove(struct strays *s, const struct world *w, struct config_test *t,
		  const char *pid_path);

/*
 * Makes a generation of the proven workers that execute one file, with a dead master; for drive()
 * with GOAL_STOP. To be called until ret->count is 0. 0 or -ENOMEM.
 */
int strays_adopt_workers(struct strays *s, struct generation *ret);

#endif
