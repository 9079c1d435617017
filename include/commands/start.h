/* What start shares with configtest, restart and others. */
#ifndef COMMANDS_START_H
#define COMMANDS_START_H

#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "nginx/ask_nginx.h"
#include "trust/actor.h"

/* Under "run": how long the workers of a master that was killed may finish their clients, in
 * microseconds. Until then nginx cannot be started, so no new client is served. */
#define START_SWEEP_US 2000000u

/*
 * Sees that site->nginx names a binary that can be executed; where it is "" it becomes the first
 * nginx in the usual places. 0, or the exit code after it has printed why.
 */
int start_find_binary(struct site *site);

/*
 * Opens site.nginx for execution, if nobody but the trusted users can change it. The caller closes
 * *ret. 0, or the exit code after it has printed why.
 */
int start_program(struct session *s, struct program *ret);

/*
 * Has `program` test the configuration that it would be started with. Also refuses a configuration
 * that would start but could never be upgraded. 0, or the exit code after it has printed why;
 * `otherwise` is the begin of that message: how things stand then ("nginx was not started").
 *
 * nginx's warnings are printed only where the test fails: else nginx prints them at its start.
 */
int start_test(struct session *s, const struct config_arguments *arguments,
	       const struct program *program, const struct actor *as, const char *otherwise);

/*
 * Somebody else has started nginx. s comes from session_find(); the lock is taken here. Returns
 * whether the workers accept in time; then it is recorded which build serves.
 */
bool start_await(struct session *s);

/*
 * Starts nginx ourselves, not by the init system. s comes from session_find(); afterwards it has
 * the lock, and the caller ends it. An nginx that runs already is a success. 0, or the exit code
 * after it has printed why.
 */
int start_here(struct session *s, const struct config_arguments *arguments);

/* command_start() with these arguments for nginx; argv0 is not used. */
int start_with(const struct settings *settings, const struct config_arguments *arguments);

#endif
