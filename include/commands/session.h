/*
 * The common frame of every command that signals an nginx. In this order: find the nginx, take its
 * lock, catch signals, open its world, look at it once.
 *
 *	session_begin -> (session_drive, ...) -> session_conclude, or session_end
 *
 * A session is large: session_with() gives a command one.
 */
#ifndef COMMANDS_SESSION_H
#define COMMANDS_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "commands/settings.h"
#include "commands/site.h"
#include "core/decide.h"
#include "core/problems.h"
#include "core/run.h"
#include "os/lock.h"
#include "os/lock_subjects.h"
#include "os/process.h"
#include "os/waker.h"

/* Whether this exit code of an upgrade means that the new generation serves. */
bool session_handed_over(int code);

struct config_arguments;
struct probing;
struct program;
struct session;

/* Executes nginx after all tests. Returns 0, or the exit code after it has printed why. */
typedef int start_execute_fn(struct session *s, const struct config_arguments *arguments,
			     const struct program *program);

struct session {
	const struct settings *settings;
	/* The init system: the one that called us; from session_open_world() on the one that
	 * watches over this nginx. */
	struct init *init;
	const char *verb; /* under which the lock was taken */
	struct site site;
	struct problems problems; /* why the last look has failed; see session_open_world() */
	struct lock lock;
	bool waker_open;
	start_execute_fn *execute; /* of "run"; NULL: a start that daemonises */
	bool executed;             /* by `execute` */
	bool looks_only;           /* the command only looks: the init system is told nothing */
	bool unfit;           /* an upgrade was refused, and only because of the running master */
	bool never;           /* an upgrade was refused; the running master is one of the reasons */
	bool interrupted;     /* before any signal to nginx */
	bool modules_placed;  /* the modules of the new binary stand at their paths, in place of
			       * those that the running master has mapped */
	bool modules_due;     /* with --dry-run: they would be put there. So the new binary cannot
			       * be tested now. */
	bool driven;          /* session_drive() has ended, and the history does not have it yet */
	enum goal asked_goal; /* of that run */
	int drive_code;       /* its exit code */
	uint64_t begun;       /* number of the history's entry for the run under way; 0: none */
	uint64_t held_until_s;   /* since 1970: the end of the hold that the run ended in */
	struct probing *probing; /* see commands/probing.h; NULL: no probe was asked for yet */
	struct run run;
};

typedef int session_command_fn(struct session *s, const struct settings *settings);

/*
 * Calls the command with a zeroed session, which it begins and ends, and frees it after that.
 * Returns the command's exit code; EXIT_FAILED where there is no memory, which has been printed.
 */
int session_with(const struct settings *settings, session_command_fn *command);

/*
 * Finds, locks, opens and looks. 0: the session is open, end it with session_conclude() or
 * session_end(). Else it is ended already, everything has been printed, and the result is the exit
 * code, or COMMAND_OVER.
 */
int session_begin(struct session *s, const struct settings *settings, const char *verb);

/*
 * The first two steps of session_begin(), for a command that may find no nginx running. The first
 * finds which nginx is meant. The second takes the lock, after it has waited up to wait_us for
 * another run (0: see session_patience_us()), and catches signals. Returns as session_begin().
 */
int session_find(struct session *s, const struct settings *settings);
int session_take(struct session *s, const char *verb, uint64_t wait_us);

/* session_find() that prints nothing. False: s->problems says why, and the session is ended. */
bool session_seek(struct session *s, const struct settings *settings);

/*
 * session_take() without the lock: for what may be done beside a run that has it; see
 * at_work_waits().
 */
int session_take_no_lock(struct session *s, const char *verb);

/* waker_open(), which catches signals. 0, or the exit code after it has printed why not. */
int session_open_waker(struct waker *w);

/*
 * What the lock is about: the pid file; the masters that it and its ".oldbin" name now, so that
 * another pid file of the same master is no way around the lock; the configuration and the
 * service, where the settings name them. 0, or -errno: not even the pid file can be locked.
 */
int session_subjects(const struct settings *settings, const struct site *site,
		     struct lock_subjects *ret);

/*
 * Whether a run has that lock. True: *ret is its process, which the caller closes, and ret_verb
 * (size bytes) what it does. False: nobody has it, or that is unknown; see lock_holder().
 */
bool session_holder(const struct settings *settings, const struct site *site, struct process *ret,
		    char *ret_verb, size_t size);

/* Takes the lock alone. 0, or the exit code after it has printed why. */
int session_lock(struct lock *lock, const struct settings *settings, const struct site *site,
		 const char *verb, uint64_t wait_us);

/*
 * How long session_take() waits for another run by itself, in microseconds; 0: not at all. A run
 * that is about to end is waited for. So is the one that an init system's job depends on: that may
 * take long, so it is printed, and signals that would end us are blocked.
 *
 * An init system may call the service up as soon as "start" has reported it, a moment before
 * "start" has ended. A command that follows at once must not be refused for that.
 */
uint64_t session_patience_us(const struct session *s);

/* The last steps of session_begin(), after session_take(). Returns as session_begin(). */
int session_look(struct session *s);

/*
 * Opens the world and looks at it. 0; or -errno: s->problems says why not. Prints nothing, and does
 * not end the session in either case.
 */
int session_open_world(struct session *s);

/*
 * A test of the configuration took this long: nginx needs as long again to read it. From here on
 * run.ask.start_timeout_us is START_TIMEOUT and twice that. If the user has set START_TIMEOUT it
 * stays as it is, and a warning is printed where it may be too short.
 */
void session_note_test(struct session *s, uint64_t took_us);

/* Whether the user has set START_TIMEOUT, and to less than a start may take. */
bool session_start_is_short(const struct settings *settings, uint64_t test_took_us);

/* Prints that the only master has had QUIT; returns the exit code. */
int session_refuse_quitting(const struct session *s);

/* Closes the world, so that it can be opened and looked at again. */
void session_close_world(struct session *s);

/*
 * The trace of what drive() does (core/trace.h). Called by session_take(), session_drive() and
 * session_end(). session_trace_keep() writes the trace to a file and prints where, if the run ended
 * with `code` and nobody asked for such an end. A trace that cannot be written changes nothing but
 * a line that says so.
 */
void session_trace_begin(struct session *s);
void session_trace_keep(const struct session *s, int code);
void session_trace_end(struct session *s);

/*
 * The init system will call the job failed after left_us, which cannot be extended, while the run
 * goes on. Shortens the drain timeout so that the run ends before that: the old generation is then
 * left to drain by itself. Returns whether that was necessary.
 */
bool session_fit(struct ask *ask, uint64_t left_us);

/* Runs drive() and prints how it ended; returns the exit code. */
int session_drive(struct session *s);

/*
 * session_end(). Returns the exit code of the process for a command that ended with `code`: to the
 * init system that started it some failures are none, since it might kill nginx for them.
 */
int session_conclude(struct session *s, int code);

/* Closes, unlocks and frees what the session holds. Harmless on one that has ended. */
void session_end(struct session *s);

#endif
