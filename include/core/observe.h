/*
 * The only reader of the world during a handover. It knows one nginx by its pid file, follows the
 * two generations from look to look, and turns each look into facts.
 *
 *	world_open -> observe ... -> world_close
 *
 * What it keeps between looks is who the masters and their workers are, so that a worker that
 * vanishes, or outlives its master, is noticed. A fresh run finds the same from the process table.
 */
#ifndef CORE_OBSERVE_H
#define CORE_OBSERVE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/facts.h"
#include "core/queues.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "nginx/quic_sockets.h"
#include "os/children.h"

struct worker {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t start_stack; /* when it was first seen */
	enum title title;     /* TITLE_OTHER: starting */
	bool before_hup;      /* it was there when this run sent HUP */
	bool checked;         /* it was asked what it executes, since it has its title */
	bool intruder;        /* it has executed something, which no worker of nginx does */
	bool young;           /* it came after the set was complete, and the next one is not yet */
	bool replaced; /* a younger set stood beside it: it is to leave, and may do so unseen */
	bool seen;     /* in this look */
};

struct generation {
	struct subject subject; /* its master; process.pid 0: none */
	bool settled; /* it has been seen in its loop: it executes nothing else any more */
	struct children children;
	struct worker *workers;
	size_t count;
	unsigned deaths;
	bool had_hup;       /* from this run */
	bool renewed;       /* a whole set came since the run began */
	bool complete;      /* its master was seen in its loop with every worker titled */
	unsigned came;      /* children with a title that came since the set was complete */
	unsigned died;      /* of deaths: in this look */
	unsigned set;       /* how many were there, with a title, when the set was last complete */
	unsigned unchanged; /* looks in a row that have shown the very same complete set */
	bool missed; /* a new set was taken for one that no look has seen beside the former */
	uint64_t looked_us;  /* when this look began */
	uint64_t gap_us;     /* from the last look to this one */
	unsigned went;       /* children that vanished since then and had not been replaced */
	uint64_t checked_us; /* when all workers were last asked what they execute */
	bool check_workers;  /* in this look */
};

/* A child of a master that executes something, and is not the new master: nginx does no such thing.
 */
struct intruder {
	pid_t pid; /* 0: none was seen */
	uid_t uid;
	char image[PATH_MAX]; /* what it executes, as the kernel shows it */
};

struct world {
	struct believed believed; /* root, the master's user, and whom the settings name */
	struct pid_file pid_file;
	struct pid_file oldbin;
	struct pid_file new_pid_file; /* where the new configuration writes it; path "": the same */
	char target[PATH_MAX];       /* the binary's path as we reach it; "": not to be looked at */
	struct file_id wanted;       /* what target is to be; inode 0: any */
	struct file_id wanted_image; /* what the new master is to execute; inode 0: any. It is
				      * another file than `wanted` where that is a launcher */
	struct intruder intruder;    /* the last that was seen */
	struct master old_master;    /* as it was when the run began */
	struct generation old;
	struct generation new;
	struct queues queues;
	bool resumed;     /* a handover that others began: QUIT may be on its way, see closing */
	bool closing;     /* the old master holds no listening socket: it has handled QUIT */
	bool neighbours;  /* others listen on an address of the old master, with reuseport */
	bool listens;     /* the old master holds a listening socket */
	bool had_streams; /* it was seen with one of TCP or unix */
	bool datagrams;   /* now it has some of UDP alone: of QUIC, or it never had others */
	bool stalls;      /* see facts.h, as of the workers that stalls_of stands for */
	uint64_t stalls_of;
};

/* Why no world could be opened. Of the two faults one is OK. */
struct world_fault {
	enum pid_file_fault pid_file;
	enum master_fault master;
	pid_t pid;           /* that was found, if any */
	struct distrust why; /* with MASTER_IMAGE */
};

/* A world that holds nothing, and may be closed; world_open() begins with it. */
void world_init(struct world *w);

/*
 * Finds the masters behind a pid file: the one that PID names and its parent, if that is a master
 * of the same user, or else the one that PID.oldbin names. On success the old generation (or the
 * only one) is in w->old, the new one, if any, in w->new, and w->believed.user is the user of both:
 * the pid file is judged for root, for him, and for whom b->also names. Whether that user was meant
 * is for the caller to say. On failure *ret says why, and w->pid_file tells more; w->old_master may
 * hold the title of what it is instead.
 */
bool world_open(struct world *w, const char *pid_path, const struct believed *b,
		struct world_fault *ret);

/*
 * Only the new master stays in the world, as its one generation: the old one has had QUIT and is
 * left to drain. False when the new master is not there any more: then the world is good for
 * nothing but world_close().
 */
bool world_keep_new(struct world *w);

/*
 * One look. Reads in an order that makes it meaningful: first whether the masters are idle, then
 * what they have done; see facts.h, "idle". -errno: a read failed, and this look shows nothing.
 * *ret is untouched then, nobody is taken for dead, and the next look sees all anew.
 */
int observe(struct world *w, struct facts *ret);

/*
 * Asks right before a signal whether the process is still this generation's master: same process,
 * same executable, and titled a master, or on its way from exec to its title. 0; -ESRCH: it is not;
 * or -errno: it could not be told.
 */
int generation_genuine(const struct generation *g);

/* Asks that, then signals. As above; nothing was sent then. */
int generation_signal(const struct generation *g, int sig);

/* The same for one of its workers: a child that has not been executed into something else. */
int worker_genuine(const struct generation *g, const struct worker *worker);

/*
 * Its workers of that title, without those that have executed something: these are not nginx's, and
 * what they hold or read is nobody's proof. 0 or -ENOMEM. The caller frees the list, which is never
 * NULL.
 */
int generation_titled(const struct generation *g, enum title title, pid_t **ret_list,
		      size_t *ret_count);

/* As quic_unread_look(), of its master and those of its workers that accept, as they were last
 * seen. -ENOENT: none accepts. */
int generation_unread(const struct generation *g, struct quic_unread *ret);

/* As quic_contested_look(): sockets of new_one that the leaving workers of old_one read. */
int generation_contested(const struct generation *new_one, const struct generation *old_one,
			 struct quic_contested *ret);

/* A handover is under way: the world was found with two masters, or with PID.oldbin. */
bool world_unfinished(const struct facts *f);

/* Accepts a zeroed or half-opened world. */
void world_close(struct world *w);

#endif
