/*
 * The one door through which programs are executed. It cannot be passed without saying what, a file
 * that was vetted and is held by descriptor, and as whom: as a process that was vetted, or as
 * ourselves, and that only for a file that nobody but root or the caller can write.
 *
 *	door_open (once) ... program_... -> door_start -> door_finish -> program_close
 *	                                    door_start -> door_look ..., or door_abandon
 *
 * What was inherited is reset: signal dispositions and mask, SIGCHLD of our own caller, open
 * descriptors, RLIMIT_FSIZE. The program is executed by descriptor (execveat(2), Linux 3.19;
 * before, through /proc/self/fd), so that what was vetted is what runs, also in a root folder
 * without /proc. A failed exec is told through a pipe, apart from "ran and exited 127".
 *
 * It has a session of its own, so that a Ctrl-C meant for us does not end it, and so that a user's
 * program cannot type into our terminal (ioctl_tty(2), TIOCSTI); but what keeps our streams stays
 *in ours, or it could not ask at the terminal for a pass phrase.
 */
#ifndef TRUST_DOOR_H
#define TRUST_DOOR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/file_id.h"
#include "trust/path.h"
#include "trust/subject.h"

#define DOOR_TEXT_MAX 16384

/*
 * To be called first in main: what our caller may have left us is set right. SIGCHLD is no more
 * ignored (else an end of ours would be nobody's, and its number somebody else's), a limit of file
 * sizes gives EFBIG instead of an end in the middle, and 0, 1 and 2 are open. 0 or -errno.
 */
int door_open(void);

/* A file that may be executed. Made by the functions below alone. */
struct program {
	int fd; /* -1: none */
	struct file_id id;
	/*
	 * Who may execute it. A user: he could have changed it, and so nobody else; 0 and NO_USER:
	 * whoever the actor is.
	 */
	uid_t runs_as;
	int folder;              /* the vetted one that holds it, or -1 */
	char name[NAME_MAX + 1]; /* in that: what the process is called */
	char shown[PATH_MAX];    /* its path, for people */
};

/* clang-format off */
#define PROGRAM_NONE {-1, {0, 0}, NO_USER, -1, "", ""}
/* clang-format on */

/*
 * What stands at a path that nobody but the believed can change. As trusted_open(); refuses a
 * set-id program. A link that is swapped after it changes nothing.
 */
int program_at(const struct believed *b, const char *root, const char *path, struct program *ret,
	       struct distrust *why);

/* What a vetted process executes, also when its file has been removed. 0 or -errno. */
int program_of(const struct subject *s, struct program *ret);

/*
 * A copy that this run made and holds in a folder that it has vetted; fd is opened anew. Whoever
 * wrote it must close that descriptor before it is executed, which waits for it, but not long.
 */
int program_copy(int fd, const char *shown, struct program *ret);

/* Accepts PROGRAM_NONE. Leaves PROGRAM_NONE behind. */
void program_close(struct program *p);

enum { ACCOUNT_GROUPS = 256 };

/* A user of this machine, as root names him. */
struct account {
	uid_t uid;
	gid_t gid;
	gid_t groups[ACCOUNT_GROUPS];
	int group_count;
};

/* By name or number. 0; -ENOENT: there is no such user; or -errno. */
int account_find(const char *name, struct account *ret);

/* As whom, where, and with what environment. Made by the three functions below alone. */
struct actor {
	const struct subject *subject; /* NULL: ourselves */
	const struct account *account; /* where the subject is, and with its limits, but as this
					* user; NULL: as the subject */
	bool at_top;                   /* in the folder "/", not in the subject's */
	char **environment;            /* NULL: PATH and LC_ALL=C */
};

struct actor actor_ourselves(void);

/*
 * The user, group, groups, capabilities, limits, working folder, root folder, mount and network
 * namespaces of a vetted process, which must live as long as the actor is used. names: of its
 * environment, as nginx would pass on at USR2 (nginx: ngx_set_environment), ended by NULL; a name
 * alone has the value that the process was started with, NAME=VALUE is taken as it is; NULL: all.
 * TZ is always among them when it was set; the list of inherited sockets, NGINX=, never. Where the
 * environment cannot be read there is but what has a value in names.
 */
struct actor actor_of(const struct subject *s, const char *const *names);

/*
 * Where that process is, in "/", with these variables ("NAME=VALUE", ended by NULL) and no others,
 * as the account, without any capability; NULL: as that process. Only root can be another. -ENOMEM.
 */
int actor_at(const struct subject *s, const struct account *account, const char *const *variables,
	     struct actor *ret);
void actor_free(struct actor *a);

typedef void door_output_fn(void *arg, const char *text, size_t length);

struct door_spec {
	const struct program *program;
	const struct actor *actor;
	char *const *argv;
	door_output_fn *on_output; /* standard output, as it comes; NULL: to /dev/null */
	void *on_output_arg;
	/*
	 * A start: it keeps our standard streams, and, where the actor brings none, the environment
	 * that we were started with but for what is meant for us. Then there is no output and no
	 * text of it.
	 */
	bool own_streams;
	/*
	 * As who we were started as, whom this run has become since: for a program of which no
	 * other user has a part, such as our own.
	 */
	bool as_started;
	bool one_stream;   /* what it writes to standard output is text of the result, too */
	uint64_t guard_us; /* not 0: nothing of it is left when it ends, when it is given up, when
			    * we end in whatever way, or after so long: see door_guard.c */
	int wake_fd;       /* readable: give up with -EINTR; -1: none */
	/*
	 * What it says on standard error before it writes the rest to standard output: in between
	 * it is looked at what it executes; see door_result. NULL: it is not.
	 */
	const char *held_until;
	/* What takes too long is told of before it is killed. NULL: nobody is told. */
	void (*on_expiry)(void *arg, pid_t pid);
	void *on_expiry_arg;
};

struct running {
	pid_t pid; /* 0: not running */
	int pidfd;
	int out;
	int err;
	int failure;   /* pipe on which a failed exec is told */
	int guard;     /* held open for as long as it may run; -1: there is no guard */
	bool looked;   /* door_look() has been called */
	bool held;     /* its output is not read yet */
	size_t filler; /* bytes of ours, which come before that */
	struct door_spec spec;
};

struct door_result {
	int status;       /* as from waitpid() */
	const char *step; /* with -errno: what could not be done */
	size_t length;
	char text[DOOR_TEXT_MAX]; /* the end of what came on standard error, NUL-terminated */
	/* With held_until: what it was last seen to execute; inode 0: it was not seen. */
	struct file_id image;
	char image_path[PATH_MAX];
	bool image_is_last; /* that was in the moment, and it executes nothing else any more */
	bool has_children;  /* in that moment: it does not do it itself */
};

#define DOOR_EXITED_WITH(status, code) (WIFEXITED(status) && WEXITSTATUS(status) == (code))

/*
 * -EPERM: not that program as that actor, since somebody else could have changed it; else -errno:
 * no process could be made. What the spec points to must stay until the finish.
 */
int door_start(const struct door_spec *spec, struct running *ret);

/*
 * Waits for its end, not for the end of what it left behind. 0: it ran, see ret->status; -ETIMEDOUT
 * and -EINTR: it was killed; -ECHILD: it has ended, but somebody else was told how (see door_open);
 * else -errno of ret->step: it did not run.
 */
int door_finish(struct running *c, uint64_t timeout_us, struct door_result *ret);

/*
 * In place of the finish, again and again: never waits. 1: it runs on; else as door_finish(), and
 * it is finished. *ret grows from look to look. Not with held_until.
 */
int door_look(struct running *c, struct door_result *ret);

/* In place of the finish: its answer is not wanted any more. It is killed. Accepts pid 0. */
void door_abandon(struct running *c);

/*
 * In place of both: it is left alone, in a session of its own, in "/", with nothing to read from or
 * write to; of the spec only program, actor, argv and as_started count. 0: it is executed; -errno
 * of *ret_step, or -ETIMEDOUT: that is not known.
 */
int door_leave(const struct door_spec *spec, const char **ret_step);

/* Both in one. */
int door_run(const struct door_spec *spec, uint64_t timeout_us, struct door_result *ret);

#endif
