/*
 * The files of what runs, binary and modules, put back at their paths: where a package, or anybody,
 * has replaced them and nothing was handed over. Files only: nothing is signalled.
 */
#ifndef COMMANDS_PUT_BACK_H
#define COMMANDS_PUT_BACK_H

#include "commands/session.h"
#include "nginx/builds.h"

/* What was put back. */
struct put_back {
	bool binary;
	unsigned modules;
	char first[PATH_MAX]; /* one of the modules */
};

/* Whether ON_PACKAGE_FAILURE says so. */
bool put_back_is_wanted(const struct settings *settings);

/*
 * ON_PACKAGE_FAILURE=restore. To be called in a session whose world has been looked at
 * (session_open_world(), or after session_drive()), after a handover that was undone or refused:
 * the paths of the binary and of the modules hold again what the old master executes and has
 * mapped; all of it, or nothing. What stood at the binary's path is kept as a backup, and the
 * modules beside it. What stands as it runs is not touched.
 *
 * 0: all of it stands there now, and *ret is what was done: nothing, where nothing was to be done.
 * Else the exit code, and the files are as they were: 1, or EXIT_REFUSED where none may be written
 * there. What was done or why not, and what the package manager's check will show, is said.
 */
int put_back_running(struct session *s, struct put_back *ret);

/*
 * The same for a rollback where no handover is under way, with world.target filled in; and whether
 * there is anything to do for it. With dry_run it is only said.
 */
int put_back_alone(struct session *s, const struct builds *b);
bool put_back_is_due(const struct session *s);

/* The modules alone, after a handover was turned back. 0, or 1 with everything said. */
int put_back_modules(struct session *s);

/* What the package manager's check shows of files that were, or would be, put back; if it does. */
void say_package_check(const struct builds *b, bool would);

#endif
