/*
 * What every command that signals an nginx does first, in this order: find it, take its lock, catch
 * signals, open its world, look once.
 *
 *	session_begin -> (drive, ...) -> session_conclude, or session_end
 */
#ifndef COMMANDS_SESSION_H
#define COMMANDS_SESSION_H

#include "commands/settings.h"
#include "commands/site.h"
#include "core/run.h"
#include "os/lock.h"

enum {
	EXIT_DRAINING = 151,
	EXIT_LOCKED = 152,
	EXIT_UNFINISHED = 153,
	EXIT_HELD = 156,
	EXIT_UNREAD = 157
};

/* Whether the new generation serves, where an upgrade ends with this code. */
bool session_handed_over(int code);

struct session {
	const struct settings *settings;
	const char *verb; /* under which the lock was taken */
	struct site site;
	struct lock lock;
	bool waker_open;
	bool looks_only;  /* of whoever no init script has called: it gets no mark that it started
			     this nginx */
	bool unfit;       /* an upgrade was refused, just because of the master that runs */
	bool never;       /* likewise, the master is a reason, if not the only one */
	bool interrupted; /* before any signal */
	bool modules_placed; /* those of the new binary stand in place of what the master has mapped
			      */
	bool modules_due;    /* they would; so the new binary cannot be tested */
	bool driven;         /* with this goal, to this end, which the history does not have yet */
	enum goal asked_goal;
	int drive_code;
	struct run run;
};

/*
 * 0; or, with everything said and let go, the exit code, or -1, which command_invoke() takes for 0:
 * nothing is left to be done. A session is large: give it static storage or the heap.
 */
int session_begin(struct session *s, const struct settings *settings, const char *verb);

/*
 * The two halves of its begin, for a command that works on an nginx that does not run: which nginx;
 * then the lock and the signals. wait_us: how long the end of another run is waited for.
 */
int session_find(struct session *s, const struct settings *settings);
int session_take(struct session *s, const char *verb, uint64_t wait_us);

/* session_find() that says nothing: false with the problems, and all let go. */
bool session_seek(struct session *s, const struct settings *settings, struct problems *problems);

/* The signals alone: for what may be done beside a run that has the lock, see at_work_waits(). */
int session_take_no_lock(struct session *s, const char *verb);

/*
 * What the lock is about: the pid file, the masters that it and its ".oldbin" name in this moment,
 * so that another pid file of the same master is no way around it, the configuration and the
 * service, where they were named. 0, or -errno when not even the pid file can be noted.
 */
int session_subjects(const struct settings *settings, const struct site *site,
		     struct lock_subjects *ret);

/* Only the lock: 0, or the exit code with everything said. */
int session_lock(struct lock *lock, const struct settings *settings, const struct site *site,
		 const char *verb, uint64_t wait_us);

/*
 * How long the end of another run is waited for where the caller asked for no wait; it is said when
 * that may be long, and then signals that would end us are blocked. To systemd the service is up as
 * soon as "start" has said so, which is before that run has ended: whoever comes right after
 * "systemctl start" is not refused for that.
 */
uint64_t session_patience_us(const struct session *s);

/* The rest of session_begin(): 0, or the exit code with everything said and let go. */
int session_look(struct session *s);

/* The world alone; -1 with the problems, nothing said, nothing let go. */
int session_open_world(struct session *s, struct problems *problems);

/*
 * A test of the configuration took so long: nginx needs as long again when it reads it. From here
 * on run.ask.start_timeout_us is what START_TIMEOUT says and twice that more, unless somebody has
 * set it: then he is obeyed, and told.
 */
void session_note_test(struct session *s, uint64_t took_us);

/* That somebody has set it, to less than a start may take. */
bool session_start_is_short(const struct settings *settings, uint64_t test_took_us);

/* What is said where the only master has had QUIT; returns the exit code. */
int session_refuse_quitting(const struct session *s);

/* To look once more later. */
void session_close_world(struct session *s);

/*
 * Of session_take(), session_drive() and session_end(): the trace of what drive() does, see
 * core/trace.h. The second keeps it and says where, if the run ended with that code of its own and
 * nobody asked for such an end. A trace that cannot be written is told, and changes nothing.
 */
void session_trace_begin(struct session *s);
void session_trace_keep(const struct session *s, int code);
void session_trace_end(struct session *s);

/*
 * The init system may call the job failed after left_us, which it cannot be asked to move, while
 * the run goes on: so the old generation is left to drain before that. Whether it has to be.
 */
bool session_fit(struct ask *ask, uint64_t left_us);

/* drive(), and what is said at its end; returns the exit code. */
int session_drive(struct session *s);

/*
 * session_end(), and the exit code with which this process may end, of one that has failed: the
 * init system that started it might kill nginx for that.
 */
int session_conclude(struct session *s, int code);

void session_end(struct session *s);

#endif
