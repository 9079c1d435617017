/*
 * What status has seen of an nginx, and how it is printed. Private to commands/status*.c.
 *
 *	status_look -> status_look_due -> status_say, status_say_state
 */
#ifndef COMMANDS_STATUS_H
#define COMMANDS_STATUS_H

#include <stdint.h>

#include "core/facts.h"
#include "core/strays.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/clients.h"
#include "os/file_id.h"

struct status_generation {
	pid_t pid; /* of its master; 0: there is no such generation */
	char version[128];
	char tls[128]; /* "OpenSSL 3.0.2 ..."; "": -V shows none */
	struct generation_facts facts;
	uint64_t age_us;
	uint64_t memory; /* bytes; an estimate where it has many workers */
	unsigned connections;
	struct client oldest; /* of its workers that leave */
};

struct status_seen {
	struct status_generation of[2]; /* old, or the only one; new */
	int count_error;                /* 0, or -errno: the connections are unknown */
	bool quitting;                  /* the one master has had QUIT */
	bool draining;   /* the old master has had QUIT; its workers finish their clients */
	bool unfinished; /* a handover that no run is known to work on */
	bool under_way;  /* another run is at work on it */
	bool held;
	bool due;
	bool once_more; /* the binary's file was replaced by one with the same bytes */
	char due_text[2 * PATH_MAX];
	char binary[PATH_MAX];
	char pid_file[PATH_MAX];
	bool believed; /* `belief` is known: */
	struct init_belief belief;
	struct strays strays;
	int strays_error;
};

/* What --watch keeps from look to look. */
struct status_kept {
	struct {
		struct file_id image;
		char version[128];
		char tls[128];
	} builds[2];
	bool have_backups;
	char backups[PATH_MAX + 256];
};

/* Fills *ret, but for what is due, from a world that was observed. Prints nothing. */
void status_look(const struct world *w, const struct facts *f, struct status_kept *kept,
		 struct status_seen *ret);

/*
 * Fills in whether an upgrade is due. In the middle of a handover none is. While an old master
 * drains the question is about the new one, which takes the old one's place in *w; see
 * world_keep_new().
 */
void status_look_due(struct world *w, const struct facts *f, struct status_seen *ret);

/* Prints each generation, then the binary, the pid file, the unit and the backups. */
void status_say(const struct status_seen *s, const struct status_kept *kept);

/* Prints the last line; with --json the object with running, due and so on. code: the exit code. */
void status_say_state(const struct status_seen *s, int code);

/* The same where nginx does not run, or it is unknown whether it does. Only with --json. */
void status_say_none(int code);

#endif
