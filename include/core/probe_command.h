/*
 * A probe that is a command line for the shell (--probe). It is executed where the master is (its
 * namespaces and root folder), in "/", with an environment of its own, by a user who is not root
 * unless that was said.
 *
 *	probe_command_open -> probes_add(..., &probe_command_kind, p) -> drive() ->
 *probe_command_close
 */
#ifndef CORE_PROBE_COMMAND_H
#define CORE_PROBE_COMMAND_H

#include <stdbool.h>

#include "core/probe.h"
#include "core/problems.h"
#include "trust/door.h"

struct probe_command {
	/* Inputs. */
	const char *command;
	const char *user; /* NULL: not said */
	uint64_t timeout_us;

	/* Of probe_command_open(). */
	struct account account;
	bool as_account; /* else as the master, or as ourselves where that is who we are */
	struct program shell;

	/* While it runs. */
	struct actor actor;
	struct running running;
	uint64_t until_us;
	struct door_result result;
};

extern const struct probe_kind probe_command_kind;

/*
 * Vets all of it, and lets the shell read the command without executing it: so that what cannot be
 * executed at all is a problem before any signal. False with the problems. `p` begins zeroed.
 */
bool probe_command_open(struct probe_command *p, const struct subject *master,
			struct problems *problems);

/* Accepts a zeroed one. */
void probe_command_close(struct probe_command *p);

#endif
