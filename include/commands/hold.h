/*
 * A handover that is held (--hold): the new generation serves, and the old master waits without
 * workers, as the way back. A process of its own, the watcher, watches over it and ends it when its
 * time is up: "nginx-handover finish --held-until MOMENT", see commands/watcher.h. If it is killed,
 * nobody watches, and "finish" and "rollback" still work.
 */
#ifndef COMMANDS_HOLD_H
#define COMMANDS_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"

struct hold_seen {
	pid_t watcher;
	uint64_t until_s; /* when the hold ends, in seconds since 1970 */
};

/*
 * After a run that has ended in OUTCOME_HELD, while it has its lock: starts the watcher, waits
 * until it watches, and prints that; or prints what to do where no watcher could be started.
 */
void hold_watch_over(struct session *s);

/*
 * For a command that has the lock and does not end a hold: where a handover is held, by the
 * history, and nobody watches over it, starts a new watcher, for the time that is left.
 */
void hold_pick_up(struct session *s);

/* Whether a process watches over a hold of this nginx. False also where the caller is not root and
 * cannot see root's locks. */
bool hold_find(const struct settings *settings, const struct site *site, struct hold_seen *ret);

/* "until 06:45:12 (9min 30s from now)". Returns ret. */
const char *hold_text(uint64_t until_s, char *ret, size_t size);

/*
 * Whether the unfinished handover that a session has found is held and watched over: only the new
 * generation serves, the old master waits without workers. Commands are then for the new master.
 */
bool hold_is_on(const struct session *s, struct hold_seen *ret);

/*
 * What an old master beside the one that serves does: "old master 7 still drains", or, where held
 * is not NULL, "old master 7 is held as the way back until ...". Returns ret.
 */
enum { HOLD_OLD_SIZE = 160 };
const char *hold_old_text(pid_t old, const struct hold_seen *held, char ret[HOLD_OLD_SIZE]);

/* For a run that has the lock and is about to end the hold: tells the watcher to end. */
void hold_dismiss(const struct session *s);

/* The watcher itself; settings->held_until is set. Returns the exit code. */
int hold_watch(const struct settings *settings);

#endif
