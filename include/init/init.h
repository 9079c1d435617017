/*
 * The init system that watches over nginx: what it must be told during a handover, and what it can
 * be asked. Each init system has an adapter: a table of functions and a state. Only the adapter
 * knows the words of its init system. A handover never waits for the init system and never fails
 * because of it, with one exception: where it is known to kill the new generation when the old
 * master leaves (see `clings`).
 *
 *	init_begin -> ops.announce
 *	-> ops.open -> init_attach -> (ops.follow, ops.status, ...) -> ops.settle -> init_close
 *	-> ops.conclude -> init_end
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include <stddef.h>

#include "init/ops.h" /* IWYU pragma: export */

struct init {
	const struct init_ops *const *among; /* the adapters to choose from, ended by a NULL */
	const struct init_ops *adapter;
	struct init_ops ops; /* the adapter's functions; those it lacks are init_none's */
	void *state;         /* allocated for the adapter; NULL: it needs none */
	const char *service; /* as in init_begin() */
	bool forced;         /* chosen with --init, whatever the evidence */
	bool part;           /* the result of ops.is_part */
	bool control;        /* we are part of the service that the attached nginx belongs to */
	bool looks;          /* the command only looks; set by command_invoke() */
	struct init *keeper; /* the one that the attached nginx belongs to, where it is not this
				one; or NULL */
	/* Set by the session: */
	const char *pid_path; /* of the nginx in question; NULL: not known yet */
	bool unnamed;         /* the caller has named no nginx */
};

/*
 * Chooses the init system: the one that called us, or else the one that starts the services of this
 * machine.
 *
 * which: "auto", the name of an adapter, or "none". service: the name of the init script that
 * called us; NULL: none did. It is kept by reference. 0 or -ENOMEM.
 */
int init_begin(struct init *init, const char *which, const char *service);

/* The same, with these adapters to choose from; their order does not matter. */
int init_begin_among(struct init *init, const struct init_ops *const *among, const char *which,
		     const char *service);

/*
 * Finds by evidence which init system this nginx belongs to, and attaches the master to it. Returns
 * init itself, or another one that this call opens and that lives until init_close().
 */
struct init *init_attach(struct init *init, pid_t master);

/*
 * As ops.unit, of the first adapter that knows a unit. Also where the init system is told nothing
 * (--init none).
 */
bool init_unit(pid_t pid, char ret[UNIT_TEXT]);

/* As ops.believes, of the init system that this master belongs to. */
bool init_believes(const struct init *init, pid_t master, struct init_belief *ret);

/*
 * As ops.obstacle. Where init has no such function the other adapters are asked: an init system
 * that is told nothing may do harm, too.
 */
bool init_obstacle(struct init *init, pid_t master, char *ret, size_t size);

/* The name of the service as its init script has it; "nginx" where none called us. */
const char *init_service(const struct init *init);

/*
 * Whether this machine has an init system that starts services by itself, not through scripts that
 * call us.
 */
bool init_rules(void);

/*
 * The folder with a settings file for each service, of the init system of this machine; NULL: it
 * has none of its own. service: as in init_begin().
 */
const char *init_settings_folder(const char *service);

/* How many files the adapters that are in use on this machine may have open at once. */
unsigned init_descriptors(void);

/* Closes what ops.open opened, and frees the keeper. */
void init_close(struct init *init);

void init_end(struct init *init);

#endif
