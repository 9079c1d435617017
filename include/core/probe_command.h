/*
 * A probe that is a command line for the shell (--probe). It is executed where the master is (in
 * its namespaces and root folder), in "/", with an environment of its own, by a user who is not
 * root unless the settings say so.
 *
 *	probe_command_open -> probes_add(..., &probe_command_kind, p) -> drive()
 *		-> probe_command_close
 */
#ifndef CORE_PROBE_COMMAND_H
#define CORE_PROBE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/probe.h"
#include "core/problems.h"
#include "trust/account.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"
#include "trust/subject.h"

struct probe_command {
	/* Inputs. */
	const char *command;
	const char *user; /* NULL: not said */
	uint64_t timeout_us;

	/* Set by probe_command_open(). */
	struct account account;
	bool as_account; /* false: as the master's user, or as ourselves where we are not root */
	struct program shell;

	/* While it runs. */
	struct actor actor;
	struct running running;
	uint64_t until_us;
	struct door_result result;
};

extern const struct probe_kind probe_command_kind;

/*
 * Checks who may execute the command, and has the shell read it without executing it, so that a
 * command that cannot be executed is a problem before any signal. False: problems were added. `p`
 * begins zeroed.
 */
bool probe_command_open(struct probe_command *p, const struct subject *master,
			struct problems *problems);

/*
 * After that: whether the program at the begin of the command exists, for the user who executes it.
 * True also where that is not known. ret_word: its name.
 */
bool probe_command_found(struct probe_command *p, const struct subject *master,
			 char ret_word[PATH_MAX]);

/* Accepts a zeroed one. */
void probe_command_close(struct probe_command *p);

#endif
