/*
 * The modules that a rollback puts back with a build, around the handover (or the restart) to it:
 *
 *	modules_back_begin -> modules_back_to -> modules_back_place -> ... -> modules_back_end ->
 *	modules_back_free
 */
#ifndef COMMANDS_ROLLBACK_MODULES_H
#define COMMANDS_ROLLBACK_MODULES_H

#include "commands/session.h"
#include "nginx/builds.h"
#include "nginx/sets.h"
#include "nginx/swap.h"
#include "os/sha256.h"

struct modules_back {
	struct builds builds;
	struct sets sets;
	const struct set *set; /* the modules to put back, in `sets`; NULL: none are known */
	unsigned due;          /* how many of them do not stand at their paths */
	const char *first;     /* the path of one of these */
	struct swap swap;
};

/* Reads the record of modules. To be freed with modules_back_free(). NULL: no memory, which was
 * printed. */
struct modules_back *modules_back_begin(const struct builds *b);

/* Chooses the modules of the build with this digest. */
void modules_back_to(struct modules_back *m, const struct digest *binary);

/*
 * Keeps the modules of what runs, and puts the others in place; with --dry-run it only prints that.
 * 0, or the exit code after it has printed why, and nothing is changed.
 */
int modules_back_place(struct session *s, struct modules_back *m);

/*
 * After the handover. code: its exit code; ready: it will be a restart instead, and that build
 * stands at the path. If that build does not serve, the former modules are put back.
 */
void modules_back_end(struct session *s, struct modules_back *m, int code, bool ready);

void modules_back_free(struct modules_back *m);

/*
 * If what served before is the running binary with other modules, the rollback is a handover to
 * that. True: it was made, or tried; *ret is the exit code. False: it is not so.
 */
bool modules_back_alone(struct session *s, const struct builds *b, const struct digest *running,
			int *ret);

#endif
