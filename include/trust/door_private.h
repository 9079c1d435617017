/*
 * What the files of the door share. Private to trust/door*.c and trust/actor.c; door_close_others()
 * is used by trust/usr2_fresh.c, too.
 */
#ifndef TRUST_DOOR_PRIVATE_H
#define TRUST_DOOR_PRIVATE_H

#include <stddef.h>

#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"

/* What can fail when a program is executed; door_step_text() is its text for people. */
enum door_step {
	STEP_DONE,
	STEP_RUN,
	STEP_START,
	STEP_SESSION,
	STEP_TRUST,
	STEP_WAIT,
	STEP_STREAMS,
	STEP_IDENTITY,
	STEP_LOOK,
	STEP_CWD,
	STEP_NETWORK_NAMESPACE,
	STEP_MOUNT_NAMESPACE,
	STEP_ROOT,
	STEP_ENTER_CWD,
	STEP_SAME,
	STEP_GROUPS,
	STEP_USER,
	STEP_CAPABILITIES,
	STEP_ROOT_LEFT,
	STEP_MEMORY,
	STEP_PROCESSES,
	STEP_EXECUTE,
	STEP_COUNT
};

const char *door_step_text(enum door_step step);

/* Whether this program may be executed as this actor; see door_start(). */
bool door_may_execute(const struct door_spec *spec);

/* What a child writes to the pipe of failures. Only the first one is read. */
struct door_failure {
	int error; /* errno; with STEP_DONE, from a guard: the status of the program */
	int step;
};

/* Closes a descriptor, if it is not -1, and sets it to -1. */
void door_close(int *fd);
void door_close_pair(int pair[2]);

/* Returns a descriptor, and sets it to -1 where it was. */
int door_take(int *fd);

/* The pipes between us and a child, both ends of each; -1: there is none. */
struct door_pipes {
	int out[2];
	int err[2];
	int failure[2];
	int guard[2];
};

/* In the child: becomes the program, or reports why not, and ends. */
void door_child(const struct door_spec *spec, const struct door_pipes *pipes)
	__attribute__((noreturn));

/*
 * In the child: forks once more. The parent becomes the guard of its child and never returns. In
 * the child, which is to become the program, returns STEP_DONE. If the fork failed, returns what
 * failed, with errno set.
 */
enum door_step door_guard(const struct door_spec *spec, const struct door_pipes *pipes);

/* In a child: closes all descriptors above 2 but those in keep, which it sorts; -1 is ignored. */
void door_close_others(int *keep, size_t count);

/*
 * In the child: becomes the actor's subject or account. STEP_DONE; or what failed, with errno set,
 * and then the child must end.
 */
enum door_step door_become(const struct actor *a);

/* Writes zeros to a pipe until it is full. *ret_filler: how many. 0 or -errno. */
int door_fill(int fd, size_t *ret_filler);

/* Reads what the program has written to its streams since the last call. */
void door_read(struct running *c, struct door_result *ret);

/* Notes in *ret which file the program executes now, unless it is still ourselves. */
void door_look_at_image(struct running *c, struct door_result *ret);

/*
 * The same while the output is held (see door_image.c). Ends the hold if the program has written
 * held_until, or if it waits to write to standard output without that. waited_to_write: it did so
 * already before its standard error was last read.
 */
void door_look_held(struct running *c, bool waited_to_write, struct door_result *ret);

/*
 * The environment that we were started with, without what is meant for us. stays: as in door_spec.
 * The caller frees the array, not its strings. NULL: no memory.
 */
char **door_own_environment(bool stays);

/*
 * Waits on the pipe of failures: the exec closes it. 0: the program was executed; -ETIMEDOUT:
 * unknown; or -errno: *ret_step failed.
 */
int door_await_exec(int fd, const char **ret_step);

/* Executes the program in this process. Returns only on failure: -errno. */
int door_execute(const struct program *p, char *const *argv, char *const *environment);

#endif
