/*
 * What every command that signals an nginx does first, in this order: find it, take its lock, catch
 * signals, open its world, look once.
 *
 *	session_begin -> (drive, ...) -> session_end
 */
#ifndef COMMANDS_SESSION_H
#define COMMANDS_SESSION_H

#include "commands/settings.h"
#include "commands/site.h"
#include "core/run.h"
#include "os/lock.h"

enum { EXIT_DRAINING = 151, EXIT_LOCKED = 152, EXIT_UNFINISHED = 153 };

struct session {
	const struct settings *settings;
	const char *verb; /* under which the lock was taken */
	struct site site;
	struct lock lock;
	bool waker_open;
	struct run run;
};

/*
 * 0, or the exit code, with everything said and let go. A session is large: give it static storage
 * or the heap.
 */
int session_begin(struct session *s, const struct settings *settings, const char *verb);

/*
 * The two halves of its begin, for a command that works on an nginx that does not run: which nginx;
 * then the lock and the signals. wait_us: how long the end of another run is waited for.
 */
int session_find(struct session *s, const struct settings *settings);
int session_take(struct session *s, const char *verb, uint64_t wait_us);

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

/* The rest of session_begin(): 0, or the exit code with everything said and let go. */
int session_look(struct session *s);

/* The world alone; -1 with the problems, nothing said, nothing let go. */
int session_open_world(struct session *s, struct problems *problems);

/* What is said where the only master has had QUIT; returns the exit code. */
int session_refuse_quitting(const struct session *s);

/* To look once more later. */
void session_close_world(struct session *s);

/* drive(), and what is said at its end; returns the exit code. */
int session_drive(struct session *s);

void session_end(struct session *s);

#endif
