/*
 * The one door through which programs are executed. Its callers must say what to execute (a vetted
 * file, held by descriptor: trust/program.h) and as whom (trust/actor.h): as a vetted process, or
 * as ourselves, which is allowed only for a file that nobody but root or the caller can write.
 *
 *	door_open (once) ... program_... -> door_start -> door_finish -> program_close
 *	                                    door_start -> door_look ..., or door_abandon
 *
 * The child does not inherit signal dispositions, the signal mask, open descriptors or
 * RLIMIT_FSIZE. The program is executed by descriptor (execveat(2), Linux 3.19; before, through
 * /proc/self/fd), so that what was vetted is what runs, also in a root folder without /proc. The
 * child reports a failed exec through a pipe, so that it cannot be mistaken for a program that
 * exited with 127.
 *
 * The child gets a session of its own: a Ctrl-C meant for us does not end it, and the program of a
 * user cannot type into our terminal (ioctl_tty(2), TIOCSTI). A program that keeps our standard
 * streams stays in our session, because it may have to ask for a pass phrase at the terminal.
 */
#ifndef TRUST_DOOR_H
#define TRUST_DOOR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/file_id.h"
#include "trust/actor.h"
#include "trust/program.h"

#define DOOR_TEXT_MAX 16384

/*
 * To be called first in main(): corrects what our own caller may have set. SIGCHLD is no longer
 * ignored (else the kernel would reap our children, and their pids could be reused before we know);
 * a write beyond RLIMIT_FSIZE fails with EFBIG and no longer kills us; and descriptors 0, 1 and 2
 * are open. 0 or -errno.
 */
int door_open(void);

typedef void door_output_fn(void *arg, const char *text, size_t length);

struct door_spec {
	const struct program *program;
	const struct actor *actor;
	char *const *argv;
	door_output_fn *on_output; /* gets standard output as it comes; NULL: to /dev/null */
	void *on_output_arg;
	/*
	 * For a start of nginx: the program keeps our standard streams. If the actor has no
	 * environment, it gets the one that we were started with, without the variables that are
	 * meant for us. There is no output, and no text in the result.
	 */
	bool own_streams;
	/*
	 * Together with own_streams: an nginx that does not daemonise, whatever its configuration
	 * says, but behaves as if it had: it has a session of its own, and obeys USR2 and WINCH.
	 * See door_foster().
	 */
	bool stays;
	/*
	 * Execute as the user that we were started as, not the one that this run has become. Only
	 * for a program that no other user can influence, such as our own.
	 */
	bool as_started;
	bool one_stream; /* standard output goes into the text of the result, too */
	/*
	 * Not 0: a guard kills what is left of the program and of all that it has started when it
	 * has ended, when it is abandoned, when we end in whatever way, and after this time; see
	 * door_guard.c.
	 */
	uint64_t guard_us;
	int wake_fd; /* when this is readable, door_finish() ends with -EINTR; -1: none */
	/*
	 * The text on standard error after which the program has no more to execute, only to write
	 * the rest to standard output. In that moment we look at which file it executes, see struct
	 * door_result. NULL: we do not look.
	 */
	const char *held_until;
	/* Called before the program is killed because its time is over. NULL: nothing is. */
	void (*on_expiry)(void *arg, pid_t pid);
	void *on_expiry_arg;
};

struct running {
	pid_t pid; /* 0: not running */
	int pidfd;
	int out;
	int err;
	int failure;   /* the pipe through which the child reports a failed exec */
	int guard;     /* open as long as the program may run; -1: there is no guard */
	bool looked;   /* door_look() has been called */
	bool held;     /* we do not read its standard output yet */
	size_t filler; /* bytes of ours in that pipe, before the program's; see door_image.c */
	struct door_spec spec;
};

struct door_result {
	int status;       /* as from waitpid() */
	const char *step; /* if a call failed: what could not be done */
	size_t length;
	char text[DOOR_TEXT_MAX]; /* the end of its standard error, NUL-terminated */
	/* With held_until: the file that it executed when we last looked; inode 0: unknown. */
	struct file_id image;
	char image_path[PATH_MAX];
	bool image_is_last; /* we looked in the right moment: it executes no other file after it */
	bool has_children;  /* in that moment it had children, and so may not do the work itself */
};

#define DOOR_EXITED_WITH(status, code) (WIFEXITED(status) && WEXITSTATUS(status) == (code))

/*
 * Starts the program. 0; -EPERM: this program must not be executed as this actor, since another
 * user could have changed it; or -errno: no process could be started. What the spec points to must
 * stay valid until the program is finished or abandoned.
 */
int door_start(const struct door_spec *spec, struct running *ret);

/*
 * Waits until the program ends; processes that it leaves behind are not waited for. 0: it ran, see
 * ret->status; -ETIMEDOUT, -EINTR: it took too long, or wake_fd became readable, and it was killed;
 * -ECHILD: it ended, but its status is lost (see door_open()); or -errno: it did not run, ret->step
 * failed. Frees *c in every case.
 */
int door_finish(struct running *c, uint64_t timeout_us, struct door_result *ret);

/*
 * Instead of door_finish(): never waits, and is called again and again. 1: the program still runs;
 * else as door_finish(), and *c is free. Must get the same *ret each time, to which it adds. Not
 * together with held_until.
 */
int door_look(struct running *c, struct door_result *ret);

/* Instead of door_finish(): kills the program and drops its result. Accepts pid 0. */
void door_abandon(struct running *c);

/*
 * Instead of door_start(): starts a program that outlives us, in a session of its own, in "/", with
 * /dev/null as its streams. Of the spec only program, actor, argv and as_started are used. 0: it
 * was executed; -ETIMEDOUT: unknown; or -errno: *ret_step failed.
 */
int door_leave(const struct door_spec *spec, const char **ret_step);

/* A program that was started by door_foster(). */
struct foster {
	pid_t pid;    /* of the program */
	pid_t keeper; /* its parent until the release; 0: none */
	int release;  /* pipe to the keeper: closing it ends the keeper */
	int told;     /* pipe from the keeper: the pid, and the status if the program has ended */
};

/*
 * Instead of door_start(): starts a program as the child of a keeper, a process that only waits for
 * the release. At the release the keeper ends, and the program becomes the child of the reaper of
 * orphans, which may be us. Needed because an nginx that does not daemonise ignores USR2 while its
 * parent is the process that started it (from nginx 1.13.8 on). nginx reads its parent's pid when
 * it starts, so it must be in its loop before the release. Of the spec only program, actor, argv,
 * own_streams and stays are used. 0: it was executed; -ETIMEDOUT: unknown; or -errno: *ret_step
 * failed, and no process is left.
 */
int door_foster(const struct door_spec *spec, struct foster *ret, const char **ret_step);

/*
 * Ends the keeper. 1: the program still runs; 0: it has ended, *ret_status is as from waitpid(); or
 * -errno: unknown.
 */
int door_foster_release(struct foster *f, int *ret_status);

/*
 * Replaces this process by the program, with our environment, streams and blocked signals. Returns
 * only on failure: -errno.
 */
int door_replace(const struct program *p, char *const *argv);

/* door_start() and door_finish() in one. */
int door_run(const struct door_spec *spec, uint64_t timeout_us, struct door_result *ret);

/* The same for a caller who needs the exit code only: that; 128: a signal ended it; or -errno. */
int door_run_code(const struct door_spec *spec, uint64_t timeout_us);

#endif
