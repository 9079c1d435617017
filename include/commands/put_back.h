/*
 * Puts the files of the running master, its binary and its modules, back at their paths, after a
 * package or somebody has replaced them and there was no handover. Only files are changed: nothing
 * is signalled.
 */
#ifndef COMMANDS_PUT_BACK_H
#define COMMANDS_PUT_BACK_H

#include "commands/session.h"
#include "commands/settings.h"
#include "nginx/builds.h"

/* What was put back. */
struct put_back {
	bool binary;
	unsigned modules;
	char first[PATH_MAX]; /* one of the modules */
};

/* Whether ON_PACKAGE_FAILURE asks for it. */
bool put_back_is_wanted(const struct settings *settings);

/*
 * For ON_PACKAGE_FAILURE=restore, after a handover that was undone or refused: the paths get what
 * the old master executes and has mapped; all of it, or nothing. What is there now is kept first,
 * the binary as a backup, the modules beside it. A file that is right is not touched. The world of
 * the session is open (session_open_world(), or after session_drive()).
 *
 * 0: everything is at its path, and *ret is what had to be put back, which may be nothing. Else the
 * exit code, and all files are as before: EXIT_REFUSED where none may be written there, or 1. In
 * each case everything has been printed, also what the package manager's check will show.
 */
int put_back_running(struct session *s, struct put_back *ret);

/*
 * The same for a rollback while no handover is under way; world.target is set. With --dry-run
 * it only prints what would be done. put_back_is_due(): whether there is anything to do.
 */
int put_back_alone(struct session *s, const struct builds *b);
bool put_back_is_due(const struct session *s, const struct builds *b);

/*
 * Sets world.target to the path of the binary of these builds. found: what builds_of() has
 * returned. 0, or the exit code after it has printed that the path is unknown.
 */
int put_back_set_target(struct session *s, const struct builds *b, int found);

/* The modules alone, after a handover was undone. 0, or 1 after it has printed why. */
int put_back_modules(struct session *s);

/* Prints which check of the package manager shows the files as changed, if one does. would: they
 * would be put back. */
void say_package_check(const struct builds *b, bool would);

#endif
