/* What start shares with configtest and restart. */
#ifndef COMMANDS_START_H
#define COMMANDS_START_H

#include "commands/session.h"
#include "nginx/ask_nginx.h"

/* Where only the pid file was given: the first nginx in the usual places. 0, or the exit code with
 * everything said. */
int start_find_binary(struct site *site);

/* The file at site.nginx, to be executed. 0, or the exit code with everything said. */
int start_program(const struct session *s, struct program *ret);

/*
 * Has site.nginx test what it would be started with, and refuses what would start but could never
 * be upgraded. 0, or the exit code with everything said, after `otherwise`: how things stand then.
 * nginx's warnings are said where it fails: else the start will say them.
 */
int start_test(struct session *s, const struct config_arguments *arguments,
	       const struct program *program, const struct actor *as, const char *otherwise);

/* Somebody else has started it: s was found, and is taken here. Whether its workers accept in time;
 * then it is recorded. */
bool start_await(struct session *s);

/* command_start(), with these arguments for nginx. argv0 is not looked at. */
int start_with(const struct settings *settings, const struct config_arguments *arguments);

#endif
