/*
 * What serves beside the nginx that is known: a second master of the same binary and configuration
 * (a pid file was lost, and nginx was started once more with reuseport), and workers whose master
 * is dead (nginx does not tie them to it). They share its addresses, and nothing else tells of
 * them.
 *
 * What is found by titles is proven before it is called nginx's own: by the user ids, the
 * executable, and, for workers, by the listening sockets that they share with the master; or by the
 * session that their master once began (setsid(2): the number of a session is not given to another
 * process as long as the session lives); or by where they listen, which is then just where the
 * configuration says.
 *
 *	strays_find -> strays_prove -> strays_text, strays_adopt_workers ...
 */
#ifndef CORE_STRAYS_H
#define CORE_STRAYS_H

#include "core/observe.h"
#include "nginx/ask_nginx.h"

enum { STRAYS_MAX = 64 };

struct stray {
	struct process process;
	bool master;
	bool proven;     /* it is of this very nginx */
	bool by_session; /* only the number of its session says so */
	bool in_the_way; /* it takes clients of this nginx: on an address of the master that is
			    known */
	bool adopted;
	struct file_id image_id;
};

struct strays {
	size_t count; /* of list[] */
	size_t more;  /* beyond its end */
	struct stray list[STRAYS_MAX];
};

/*
 * Looks through all processes. w has been opened, or could not be: then dead_master is the number
 * in its pid file, or 0, and binary is what would be started, or "". 0 or -errno.
 */
int strays_find(const struct world *w, pid_t dead_master, const char *binary, struct strays *ret);

/* Only those stay for which that is true. */
void strays_keep(struct strays *s, bool (*stays)(const struct stray *stray));

/* "master 12 of the same binary and configuration, workers 13, 14 whose master is dead"; returns
 * ret. */
const char *strays_text(const struct strays *s, char *ret, size_t size);

/*
 * Has nginx tell where its configuration listens (-T), where that decides about anybody, and proves
 * by it. t says which nginx, as whom, and with which arguments; pid_path is where the test may
 * leave an empty file. Not in a handover (nginx -t makes a pid file where it finds none).
 */
void strays_prove(struct strays *s, const struct world *w, struct config_test *t,
		  const char *pid_path);

/*
 * A generation of workers alone, whose master is dead; for drive() with GOAL_STOP. Of those that
 * are proven and execute one file: to be called until ret->count is 0. 0 or -errno.
 */
int strays_adopt_workers(struct strays *s, struct generation *ret);

#endif
