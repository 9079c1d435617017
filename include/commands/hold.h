/*
 * The process that watches over a handover which is held (--hold), and ends it when its time is up.
 * The process table is the state: it is "nginx-handover finish --held-until MOMENT", holds a lock
 * of its own kind on what it is about for as long as it lives, and may be killed: then nobody
 * watches, and "finish" or "rollback" go on.
 */
#ifndef COMMANDS_HOLD_H
#define COMMANDS_HOLD_H

#include "commands/session.h"

struct hold_seen {
	pid_t watcher;
	uint64_t until_s; /* since 1970 */
};

/*
 * After a run that has ended in OUTCOME_HELD, while it has its lock: starts the watcher, waits
 * until that watches, and says so, or what to do where nobody does.
 */
void hold_watch_over(struct session *s);

/* Whether somebody watches over a hold of this nginx. Not known to who isn't root. */
bool hold_find(const struct settings *settings, const struct site *site, struct hold_seen *ret);

/* "until 06:45:12 (9min 30s from now)". Returns ret. */
const char *hold_text(uint64_t until_s, char *ret, size_t size);

/*
 * Whether a handover that was found unfinished is held, and watched over: the new generation serves
 * alone, the old master waits without workers. What is asked of nginx in between is for the new
 * one.
 */
bool hold_is_on(const struct session *s, struct hold_seen *ret);

/*
 * What an old master does beside the one that serves: "old master 7 still drains", or, where held
 * is not NULL, "old master 7 is held as the way back until ...". Returns ret.
 */
enum { HOLD_OLD_SIZE = 160 };
const char *hold_old_text(pid_t old, const struct hold_seen *held, char ret[HOLD_OLD_SIZE]);

/* Of a run that has the lock, and is about to end the hold: whoever watches over it is to go. */
void hold_dismiss(const struct session *s);

/* The watcher itself: settings->held_until. The exit code. */
int hold_watch(const struct settings *settings);

#endif
