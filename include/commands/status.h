/*
 * How an nginx stands, as it was seen, and the words for it. Private to commands/status*.c.
 *
 *	status_look -> status_look_due -> status_say, status_say_state
 */
#ifndef COMMANDS_STATUS_H
#define COMMANDS_STATUS_H

#include "commands/hold.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "core/observe.h"
#include "core/strays.h"
#include "init/init.h"
#include "nginx/clients.h"

/* What a generation has. */
struct status_generation {
	pid_t pid; /* of its master; 0: there is no such generation */
	char version[128];
	char tls[128]; /* "OpenSSL 3.0.2 ..."; "": it says none */
	struct generation_facts facts;
	uint64_t age_us;
	uint64_t memory; /* bytes; about, where it has many workers */
	unsigned connections;
	struct client oldest; /* where its workers leave */
};

struct status_seen {
	struct status_generation of[2]; /* old, or the only one; new */
	int count_error;                /* connections are not known: -errno */
	bool quitting;                  /* the one master has had QUIT */
	bool draining;   /* the old master has had QUIT; its workers finish their clients */
	bool unfinished; /* a handover that nobody is known to be at work on */
	bool under_way;  /* another run is at work on it */
	bool held;
	bool due;
	bool once_more; /* the same bytes were put in place once more */
	char due_text[2 * PATH_MAX];
	char binary[PATH_MAX];
	char pid_file[PATH_MAX];
	bool believed; /* the init system has said: */
	struct init_belief belief;
	struct strays strays;
	int strays_error;
};

/* What need not be looked at anew while it is watched. */
struct status_kept {
	struct {
		struct file_id image;
		char version[128];
		char tls[128];
	} builds[2];
	bool have_backups;
	char backups[PATH_MAX + 256];
};

/* Fills *ret from a world that was looked at, all but what is due, and says nothing. */
void status_look(const struct world *w, const struct facts *f, struct status_kept *kept,
		 struct status_seen *ret);

/*
 * What is due to who serves. While an old master drains that is the new one, which then stands in
 * its place in the world: see world_keep_new(). In the middle of a handover nothing is due.
 */
void status_look_due(struct world *w, const struct facts *f, struct status_seen *ret);

/* A line for each generation, then binary, pid file, unit and backups. */
void status_say(const struct status_seen *s, const struct status_kept *kept);

/* The last line; with --json the object that tells running, due, ... apart. code: the exit code. */
void status_say_state(const struct status_seen *s, int code);

/* The same where nginx does not run, or that is not known. With --json only. */
void status_say_none(int code);

#endif
