/*
 * What the files of "run" share. "run" is the process that a supervisor starts and takes for nginx
 * itself. Private to commands/foreground*.c.
 *
 *	life_...: which masters there are, and how the last one ended
 *	foreground_command_...: a child, this program with another verb, that does what was asked
 *	foreground_self_...: the file of this program, and how a newer one takes over
 *	ready_...: tells whoever waits for it that nginx serves
 */
#ifndef COMMANDS_FOREGROUND_H
#define COMMANDS_FOREGROUND_H

#include <stdbool.h>
#include <stddef.h>

#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/verbs.h"
#include "core/foreground.h" /* IWYU pragma: export */
#include "os/children.h"
#include "os/lock.h"
#include "os/process.h"
#include "trust/actor.h"
#include "trust/door.h"

/* The exit code of "run" where nginx was killed by a signal is this plus the signal's number. */
enum { EXIT_SIGNALLED = 128 };

/* A handover has two masters. More are known while a master that has ended is still in the list. */
enum { LIFE_MASTERS = 4 };

struct life {
	const struct settings *settings; /* they name the pid file */
	struct site site;                /* as of the last look */
	struct process masters[LIFE_MASTERS];
	size_t count; /* of masters[] */
	struct lock lock;
	unsigned unsure; /* looks in a row that failed: it is unknown whether a master runs */
	bool known;      /* whether `status` is known: */
	int status;      /* how the last master ended, as from waitpid() */
	pid_t last;      /* the last child that has ended, whatever it was; 0: none */
	int last_status; /* how it ended */
	struct children children;
	bool workers;   /* among these children are workers whose master is gone */
	pid_t works[2]; /* our own commands, which are children, too; 0: none */
};

/*
 * Starts nginx as a child that does not daemonise: a start_execute_fn, for struct session's
 * `execute`. Returns when the master is in its event loop: 0; or the exit code, when nginx has been
 * ended again, or has ended, and that has been printed.
 */
int foreground_execute(struct session *s, const struct config_arguments *arguments,
		       const struct program *program);

/* Prints that a running master is taken over, and what is not possible with a master that somebody
 * else has started. */
void foreground_say_adopted(pid_t master);

/*
 * Takes the lock by which others know that this process stands for this nginx. It names the masters
 * that are known; life_look() renews it when it finds more. 0, or the exit code after the error has
 * been printed.
 */
int life_hold(struct life *l, const struct site *site);

/* Looks behind the pid file and among our children for masters that are not known yet. */
void life_look(struct life *l);

/* Notes that a child has ended. The caller has waited for it. */
void life_ended(struct life *l, pid_t pid, int status);

/* Removes masters that have ended from the list. Returns how many. */
size_t life_forget_the_dead(struct life *l);

/* Whether the last master was killed or failed. Where its status is unknown: whether it has left
 * its pid file behind. */
bool life_unclean(const struct life *l);

/* How the last master ended, as the exit code of "run". */
int life_code(const struct life *l);

/* Whether a run that is none of our own commands is at work on this nginx. The caller closes *ret.
 */
bool life_is_worked_on(const struct life *l, struct process *ret);

/* Releases the lock, and closes and frees all that it holds. */
void life_free(struct life *l);

enum { COMMAND_ARGUMENTS = 80, COMMAND_ROOM = 32768 };

/* A command that runs as a child. It must not be moved while the child runs. Begins as zeroes. */
struct foreground_command {
	struct running running; /* pid 0: no child runs */
	struct actor actor;
	const char *verb;
	const char *argv[COMMAND_ARGUMENTS + 1];
	char pid_file[PATH_MAX + 16];
	char room[COMMAND_ROOM]; /* for the strings of argv */
	struct door_result result;
};

/* The file that this program was started from. A package may put another one at the same path. */
struct foreground_self {
	char path[PATH_MAX];
	struct program program; /* held open, so that commands are executed from the same file */
};

/* Opens it. 0, or the exit code after the error has been printed. */
int foreground_self_open(struct foreground_self *self);

/* Whether another file stands at the path now. */
bool foreground_self_is_old(const struct foreground_self *self);

/*
 * Replaces this process by the program that stands at the path now (execve), with the arguments
 * that this one was started with. asked: the requests that have not been begun yet
 * (FOREGROUND_ASKED_...), which the new program gets with pid_path. Returns only where that failed,
 * after it has printed why.
 */
void foreground_self_renew(const struct foreground_self *self, unsigned asked,
			   const char *pid_path);

/*
 * Starts the verb as a child, with the options that were given to this process. bit: the verb's
 * own. more: one more option, or NULL. False: it could not be started, and why was printed.
 */
bool foreground_command_begin(struct foreground_command *c, const struct foreground_self *self,
			      const struct settings *settings, const char *pid_path,
			      const char *verb, enum verb_bit bit, const char *more);

/* Waits for the child, which has ended, and prints an error where it could not be executed. */
void foreground_command_end(struct foreground_command *c);

/* Checks --notify-fd and --ready-file, and removes the file that an earlier run has left. 0, or the
 * exit code after the error has been printed. */
int ready_begin(const struct settings *settings);

/* Tells whoever waits that nginx serves. For one call only, also across foreground_self_renew(). */
void ready_tell(const struct settings *settings, pid_t master);

/*
 * What the next program needs to know after foreground_self_renew(): that ready_tell() has been
 * called, what is asked still, and the pid file. It is kept in the environment of this process.
 */
void ready_keep(unsigned asked, const char *pid_path);
void ready_forget(void);

/* Whether a former program has kept this; takes it out of the environment. */
bool ready_was_kept(unsigned *ret_asked, char ret_pid_path[PATH_MAX]);

/* Removes the file of --ready-file. */
void ready_end(const struct settings *settings);

#endif
