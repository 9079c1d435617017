/*
 * Files that may be executed. Each is held by a descriptor, so that what was vetted is what is
 * executed, and knows who could have changed it.
 *
 *	program_at, program_of or program_copy -> door_start ... -> program_close
 */
#ifndef TRUST_PROGRAM_H
#define TRUST_PROGRAM_H

#include <limits.h>
#include <sys/types.h>

#include "os/file_id.h"
#include "trust/path.h"
#include "trust/subject.h"

/* Made by the functions below only. */
struct program {
	int fd; /* -1: none */
	struct file_id id;
	/*
	 * The user that may execute it, because he could have changed it. 0 and NO_USER: nobody
	 * else could, so any actor may.
	 */
	uid_t runs_as;
	int folder;              /* of the vetted folder that holds it, or -1 */
	char name[NAME_MAX + 1]; /* in that folder; becomes the name of the process */
	char shown[PATH_MAX];    /* its path, for messages */
};

/* clang-format off */
#define PROGRAM_NONE {-1, {0, 0}, NO_USER, -1, "", ""}
/* clang-format on */

/*
 * The file at a path that only the believed users can change. Returns as trusted_open(); refuses a
 * set-uid or set-gid program. If a link on the path is changed later, that has no effect.
 */
int program_at(const struct believed *b, const char *root, const char *path, struct program *ret,
	       struct distrust *why);

/* The file that a vetted process executes, even if it has been deleted. 0 or -errno. */
int program_of(const struct subject *s, struct program *ret);

/*
 * A copy that this run made in a folder that it has vetted. fd is opened anew. The descriptor that
 * wrote the file must be closed before the file is executed; the door waits for that only briefly.
 * shown: the path for messages. 0 or -errno.
 */
int program_copy(int fd, const char *shown, struct program *ret);

/* Accepts PROGRAM_NONE. Sets *p to PROGRAM_NONE. */
void program_close(struct program *p);

#endif
