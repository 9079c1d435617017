/*
 * A watcher: a process that outlives the command that has started it, and watches over what that
 * has left: a handover that is held (commands/hold.h), or a BPF program that steers clients of
 * HTTP/3 while the old generation drains (commands/drain_watch.h). It is this same program, with a
 * verb and an option that says what to watch. As long as it lives it has a lock of its own kind on
 * the nginx, by which others find it; nothing else is kept. If it is killed, nobody watches, and
 * the next command sees that.
 */
#ifndef COMMANDS_WATCHER_H
#define COMMANDS_WATCHER_H

#include <stddef.h>

#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/verbs.h"
#include "os/lock.h"
#include "os/process.h"
#include "trust/path.h"

enum { WATCHER_WHAT_SIZE = 64 };

struct watcher {
	const char *purpose;    /* "hold": one word, the kind of its lock, and part of its name */
	const char *what;       /* "hold until ...": what it writes into its lock */
	const char *verb;       /* "finish" */
	enum verb_bit verb_bit; /* of that verb: it also gets the options that this run was given */
	const char *option;     /* "--held-until=...": makes the verb a watcher */
	const char *description; /* for people, where the init system lists it */
};

/*
 * Starts a watcher in the background: by the init system, where that can start a service that
 * outlives this process; else as a process of its own. Waits until it watches, 10 s at most. s has
 * the lock of the session. 0, or -errno with the reason in ret_why.
 */
int watcher_start(struct session *s, const struct watcher *w, char *ret_why, size_t size);

/*
 * Whether the file of this program may be executed as a watcher: 0; -EPERM: others can change it,
 * *why says who; else -errno.
 */
int watcher_can_start(const struct session *s, struct distrust *why);

/*
 * Finds the watcher over this nginx for that purpose. ret_what: what it has written into its lock.
 * The caller closes *ret. False: there is none, or the caller is not root and cannot see root's
 * locks.
 */
bool watcher_find(const char *purpose, const struct settings *settings, const struct site *site,
		  struct process *ret, char ret_what[WATCHER_WHAT_SIZE]);

/*
 * For the watcher itself, after session_find(): takes its lock, which locks out no other run and no
 * watcher of another purpose, and session_take_no_lock(). Waits some seconds for a former watcher,
 * which may be about to end. Uses w->purpose, what and verb. advice: for who reads that nothing is
 * watched. 0; else the exit code, the reason was said, and the session is ended.
 */
int watcher_begin(struct session *s, const struct watcher *w, const char *advice,
		  struct lock *lock);

/* For a run that has the lock and does itself what the watcher waits to do: tells it to end. */
void watcher_dismiss(const char *purpose, const struct session *s);

/* For the watcher: whether another run is at work on this nginx. Waits for its end, a second at
 * most. */
bool watcher_stands_back(const struct session *s);

#endif
