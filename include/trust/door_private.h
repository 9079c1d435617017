/* What the files of the door share. Private to trust/door*.c. */
#ifndef TRUST_DOOR_PRIVATE_H
#define TRUST_DOOR_PRIVATE_H

#include "trust/door.h"

/* What can fail in the child; door_step_text() says it to people. */
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

/* Whether this program may be executed as whom the spec names; see door_start(). */
bool door_may_execute(const struct door_spec *spec);

/* What a child tells its parent; the first counts. */
struct door_failure {
	int error; /* with STEP_DONE: of a guard, the status of what it guards */
	int step;
};

/* Our ends of what is between us and a child; -1: there is none. */
struct door_pipes {
	int out[2];
	int err[2];
	int failure[2];
	int guard[2];
};

/* In the child: becomes the program, or tells why not, and ends. */
void door_child(const struct door_spec *spec, const struct door_pipes *pipes)
	__attribute__((noreturn));

/*
 * In the child: goes on in a child of that, which is to become the program, and stays itself as the
 * guard of that. Comes back in the former only: STEP_DONE; or where there is none: what failed.
 */
enum door_step door_guard(const struct door_spec *spec, const struct door_pipes *pipes);

/* In a child: all descriptors above 2 but these are closed; -1 is none. keep is put in order. */
void door_close_others(int *keep, size_t count);

/* In the child: STEP_DONE, or what failed, with errno set: the child must end, then. */
enum door_step door_become(const struct actor *a);

/* Writes to a pipe until it is full. 0 or -errno. */
int door_fill(int fd, size_t *ret_filler);

/* Takes what has come on its streams since. */
void door_read(struct running *c, struct door_result *ret);

/* What it executes now, if it does. */
void door_look_at_image(struct running *c, struct door_result *ret);

/*
 * The same while its output is held; ends that where the moment has come, or where it waited to
 * write before what has come on standard error until now was read.
 */
void door_look_held(struct running *c, bool waited_to_write, struct door_result *ret);

/* What our own environment is, for what keeps it. NULL: no memory. */
char **door_own_environment(void);

#endif
