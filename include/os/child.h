/*
 * Runs a program, gathers what it prints, and keeps apart "could not be run" (a negative errno and
 * the step that failed) from "ran and exited 127".
 *
 *	child_start -> child_finish              several may be started before the first is finished
 *
 * The program gets an environment of PATH, LC_ALL=C and nothing else, /dev/null as input, default
 * signal handling, and a process group of its own, so that a Ctrl-C meant for us does not end it.
 */
#ifndef OS_CHILD_H
#define OS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_ERROR_TEXT_MAX 16384

typedef void child_output_fn(void *arg, const char *text, size_t length);

/* What is taken over before exec. */
struct surroundings {
	pid_t pid;       /* a process whose working folder and groups are taken; 0: none */
	bool other_root; /* its mount and network namespace and its root folder too: they differ */
	uid_t uid;       /* root becomes this user, if it is not root itself */
	gid_t gid;
};

struct child_spec {
	const char *path;  /* as we see it, also when other_root */
	char *const *argv; /* argv[0] may differ from path */
	struct surroundings as;
	child_output_fn *on_output; /* standard output, as it comes; NULL: to /dev/null */
	void *on_output_arg;
	int wake_fd; /* readable: give up with -EINTR; -1: none */
};

struct child {
	pid_t pid; /* 0: not running */
	int pidfd;
	int out;
	int err;
	int failure; /* pipe on which a failed exec is told */
	struct child_spec spec;
};

struct child_result {
	int status;       /* as from waitpid() */
	const char *step; /* with -errno: what could not be done */
	size_t length;
	char text[CHILD_ERROR_TEXT_MAX]; /* the end of what came on standard error, NUL-terminated
					  */
};

#define CHILD_EXITED_WITH(status, code) (WIFEXITED(status) && WEXITSTATUS(status) == (code))

/* -errno when it could not even be forked. The spec's pointers must stay valid until the finish. */
int child_start(const struct child_spec *spec, struct child *ret);

/*
 * Waits for its end, not for the end of what it left behind. 0: it ran, see ret->status; -ETIMEDOUT
 * and -EINTR: it was killed; else -errno of ret->step: it did not run.
 */
int child_finish(struct child *c, uint64_t timeout_us, struct child_result *ret);

/* Both in one. */
int child_run(const struct child_spec *spec, uint64_t timeout_us, struct child_result *ret);

#endif
