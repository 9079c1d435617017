/* What restart shares with rollback. */
#ifndef COMMANDS_RESTART_H
#define COMMANDS_RESTART_H

#include "commands/settings.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"

/* Lasts when the master that it was read from is gone. */
struct restart_plan {
	struct settings settings; /* of the command, and its pid file by the path that was found */
	struct config_arguments arguments;
	char nginx[PATH_MAX]; /* to be started; "": as the settings say */
	char prefix[PATH_MAX];
	struct title_arguments title; /* the arguments' strings */
};

/* What the master was started with, but for what p->settings say: -c, -p, -g, -e. */
void restart_plan_arguments(struct restart_plan *p, const struct master *m);

/*
 * Stops nginx and starts it, each in a session of its own, so none may be open; announces both to
 * the init system. The exit code, with everything said; *ret_stopped: the stop was done.
 */
int restart_now(const struct restart_plan *p, bool *ret_stopped);

#endif
