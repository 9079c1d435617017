/* What restart shares with rollback. */
#ifndef COMMANDS_RESTART_H
#define COMMANDS_RESTART_H

#include "commands/session.h"
#include "commands/settings.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"
#include "nginx/title.h"

/*
 * How nginx is to be started again. It owns its strings, so that it stays valid when the master is
 * gone; but settings.pid_file belongs to the session that found it.
 */
struct restart_plan {
	struct settings settings; /* those of the command, with the pid file that was found */
	struct config_arguments arguments;
	char nginx[PATH_MAX]; /* the binary to start; "": the one that the settings say */
	char prefix[PATH_MAX];
	struct title_arguments title; /* `arguments` points into it */
};

/*
 * Fills p->arguments with what the master was started with (-c, -p, -g, -e). What p->settings say
 * goes before that.
 */
void restart_plan_arguments(struct restart_plan *p, const struct master *m);

/*
 * Whether a supervisor ends with the nginx of the open world and would start it again by itself. It
 * is printed that it has to do the restart.
 */
bool restart_is_others(struct session *s);

/*
 * Stops nginx and starts it, each in a session of its own: none may be open. Announces both to the
 * init system. Returns the exit code after it has printed everything; *ret_stopped: nginx was
 * stopped.
 */
int restart_now(const struct restart_plan *p, bool *ret_stopped);

#endif
