/*
 * The world of one run: one nginx, known by its pid file, with its two generations, and what is
 * kept of them from look to look: who the masters and their workers are, so that a worker that
 * vanishes, or outlives its master, is noticed. A new run finds the same masters and workers in the
 * process table.
 *
 *	world_open -> observe (core/observe.h) ... -> world_close
 */
#ifndef CORE_WORLD_H
#define CORE_WORLD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/facts.h"
#include "core/queues.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "nginx/quic_steer.h"
#include "nginx/title.h"
#include "os/children.h"
#include "os/file_id.h"
#include "trust/path.h"
#include "trust/subject.h"

struct worker {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t start_stack; /* as it was when the worker was first seen */
	enum title title;     /* TITLE_OTHER: starting */
	bool before_hup;      /* it existed when this run sent HUP */
	bool checked;         /* what it executes was checked, after it got its title */
	bool intruder;        /* it has executed something, which no worker of nginx does */
	bool young;           /* it came after the last complete set, before the next one */
	bool beside;          /* it came while all of the last complete set were there */
	bool replaced; /* a younger set was seen beside it: it has to leave, and a look may miss
			  that */
	bool seen;     /* in this look */
};

struct generation {
	struct subject subject; /* the master; process.pid 0: none */
	bool settled; /* the master was seen in its loop: it will not execute anything else */
	struct children children;
	struct worker *workers;
	size_t count;
	unsigned deaths;
	bool had_hup;        /* from this run */
	bool renewed;        /* a whole new set of workers came since the run began */
	bool complete;       /* the master was seen in its loop, and every worker had its title */
	unsigned came;       /* workers with a title that came since the set was complete */
	unsigned died;       /* deaths in this look */
	unsigned died_since; /* and since the set was complete */
	unsigned set;        /* size of the last complete set */
	unsigned unchanged;  /* how many looks in a row have shown the same complete set */
	bool missed; /* a new set was recognised though no look has seen both at once, complete */
	uint64_t looked_us;   /* when this look began */
	uint64_t gap_us;      /* from the last look to this one */
	uint64_t gap_most_us; /* the longest since the set was complete */
	unsigned went;        /* children gone since the set was complete, and not replaced */
	uint64_t checked_us;  /* when it was last checked what all workers execute */
	bool check_workers;   /* in this look */
};

/* A child of a master that has executed something and is no new master. nginx does not do that. */
struct intruder {
	pid_t pid; /* 0: none was seen */
	uid_t uid;
	char image[PATH_MAX]; /* what it executes, as the kernel shows it */
};

struct world {
	struct believed believed; /* root, the master's user, and whom the settings name */
	struct pid_file pid_file;
	struct pid_file oldbin;
	struct pid_file
		new_pid_file;  /* where the new configuration puts it; path "": in the same place */
	char target[PATH_MAX]; /* path of the binary, as we reach it; "": it is not looked at */
	struct file_id wanted; /* the file that has to be at target; inode 0: any */
	struct file_id wanted_image; /* the file that the new master has to execute; inode 0: any.
					It differs from `wanted` where that is a launcher */
	struct intruder intruder;    /* the last one that was seen */
	struct master old_master;    /* as it was when the run began */
	struct generation old;
	struct generation new;
	struct queues queues;
	bool resumed; /* others began the handover: the old master may have had QUIT, see closing */
	bool closing; /* the old master holds no listening socket: it has handled QUIT */
	bool neighbours;  /* others listen on an address of the old master, with reuseport */
	bool listens;     /* the old master holds a listening socket */
	bool had_streams; /* the old master was seen with a listening socket of TCP or unix */
	bool quic;        /* input: look at what is done for HTTP/3 */
	bool beside; /* beside this world an old generation drains that is not looked at any more */
	bool datagrams; /* the old master has only UDP sockets: of QUIC, or it never had others */
	enum quic_steer_to led; /* where our program leads clients, for the masters in led_of */
	uint64_t led_of;        /* the two pids; 0: ask the kernel again */
	bool stalls;            /* the fact `winch_stalls`, for the workers in stalls_of */
	uint64_t stalls_of;
};

/* What was seen in place of a world. One of the first two is OK. */
struct world_found {
	enum pid_file_found pid_file;
	enum master_found master;
	pid_t pid;           /* of the process that was found, if any */
	struct distrust why; /* with MASTER_IMAGE */
};

/* A world that holds nothing, and may be closed. world_open() begins with it. */
void world_init(struct world *w);

/*
 * Finds the masters behind a pid file. The pid in the file is the current master; if its parent is
 * a master of the same user, a handover is under way and the parent is the old one. Without a
 * current master it is the one that PID.oldbin names.
 *
 * b: who is believed. Where b->user is root, the user of the process that the pid file names takes
 * its place in w->believed: the pid file is then judged for root, that user and b->also. Whether
 * that user was meant is for the caller to check.
 *
 * True: w->old is the old or only generation, w->new the new one, if there is one. False: *ret says
 * what was seen, and w->pid_file more; w->old_master may hold the title of the process that was
 * found instead. Either way the caller ends with world_close().
 */
bool world_open(struct world *w, const char *pid_path, const struct believed *b,
		struct world_found *ret);

/*
 * Reduces the world to the new generation, which becomes w->old, after QUIT to the old master: that
 * one is left to drain and is not looked at any more. False: the new master is gone, and the world
 * can only be closed.
 */
bool world_keep_new(struct world *w);

/* The pid of the master of g; 0: by the facts it is dead, or there is none. */
pid_t generation_master(const struct generation *g, const struct generation_facts *f);

/*
 * The workers of g with that title, without those that have executed something: such a process is
 * not nginx's, and what it holds or reads proves nothing. 0 or -ENOMEM. The caller frees *ret_list,
 * which is never NULL after 0.
 */
int generation_titled(const struct generation *g, enum title title, pid_t **ret_list,
		      size_t *ret_count);

/* The same of both generations, whatever their workers do. */
int world_workers(const struct world *w, pid_t **ret_list, size_t *ret_count);

/* Accepts a zeroed or half-opened world. */
void world_close(struct world *w);

#endif
