/* How other runs start, find and end the watcher over a hold. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/history.h"
#include "commands/hold.h"
#include "commands/hold_private.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/verbs.h"
#include "commands/watcher.h"
#include "core/facts.h"
#include "os/duration.h"
#include "os/moment.h"
#include "os/process.h"
#include "ui/say.h"

/* What the watcher's lock says before the moment. */
static const char watches[] = "hold until ";

const char *hold_lock_text(uint64_t until_s, char ret[WATCHER_WHAT_SIZE])
{
	char text[MOMENT_SIZE];

	(void)snprintf(ret, WATCHER_WHAT_SIZE, "%s%s", watches, moment_text(until_s, text));
	return ret;
}

/* Finds the watcher by its lock. The caller closes *ret. */
static bool find_watcher(const struct settings *settings, const struct site *site,
			 struct process *ret, uint64_t *ret_until_s)
{
	size_t length = sizeof(watches) - 1;
	char what[WATCHER_WHAT_SIZE];

	if (!watcher_find(HOLD_PURPOSE, settings, site, ret, what))
		return false;
	if (strncmp(what, watches, length) == 0 && moment_parse(what + length, ret_until_s) == 0)
		return true;
	process_close(ret);
	return false;
}

bool hold_find(const struct settings *settings, const struct site *site, struct hold_seen *ret)
{
	struct process watcher = PROCESS_NONE;

	if (!find_watcher(settings, site, &watcher, &ret->until_s))
		return false;
	ret->watcher = watcher.pid;
	process_close(&watcher);
	return true;
}

/* Whether nginx looks like a handover that is held: only the new generation has workers. */
static bool looks_held(const struct facts *f)
{
	return f->old.alive && f->new.alive && !f->closing && !f->old.accepting &&
	       !f->old.starting && f->new.accepting;
}

bool hold_is_on(const struct session *s, struct hold_seen *ret)
{
	return looks_held(&s->run.facts) && hold_find(s->settings, &s->site, ret);
}

void hold_dismiss(const struct session *s)
{
	if (!s->settings->held_until)
		watcher_dismiss(HOLD_PURPOSE, s);
}

const char *hold_text(uint64_t until_s, char *ret, size_t size)
{
	uint64_t now = moment_now();
	uint64_t left_s = until_s > now ? until_s - now : 0;
	char at[32];
	char left[32];

	(void)snprintf(ret, size, "until %s (%s from now)",
		       moment_shown(until_s, now, at, sizeof(at)),
		       duration_text(left_s * USEC_PER_SEC, left, sizeof(left)));
	return ret;
}

const char *hold_old_text(pid_t old, const struct hold_seen *held, char ret[HOLD_OLD_SIZE])
{
	char until[80];

	if (held)
		(void)snprintf(ret, HOLD_OLD_SIZE, "old master %d is held as the way back %s",
			       (int)old, hold_text(held->until_s, until, sizeof(until)));
	else
		(void)snprintf(ret, HOLD_OLD_SIZE, "old master %d still drains", (int)old);
	return ret;
}

static void say_unwatched(const char *why)
{
	say(SAY_ERROR,
	    "no process watches this hold, or ends it when its time is up: %s. What to do: run \"nginx-handover finish\" or \"nginx-handover rollback\" yourself",
	    why);
}

static void say_watched(const struct session *s, uint64_t until_s)
{
	struct hold_seen seen = {.watcher = 0};
	char until[80];

	(void)hold_find(s->settings, &s->site, &seen);
	{
		struct say_field fields[] = {{"until", NULL, until_s},
					     {"watcher", NULL, (uint64_t)seen.watcher},
					     {NULL, NULL, 0}};

		say_event(
			SAY_NOTICE, "held_until", fields,
			"it is held %s; until then process %d watches it, and goes back if the new generation dies; at that time it finishes the handover",
			hold_text(until_s, until, sizeof(until)), (int)seen.watcher);
	}
}

static void watch_until(struct session *s, uint64_t until_s)
{
	char what[WATCHER_WHAT_SIZE];
	char option[64];
	char description[128];
	char at[32];
	char text[MOMENT_SIZE];
	char why[PATH_MAX + 256];
	const struct watcher w = {HOLD_PURPOSE, hold_lock_text(until_s, what),
				  "finish",     VERB_FINISH,
				  option,       description};

	(void)snprintf(option, sizeof(option), "--held-until=%s", moment_text(until_s, text));
	(void)snprintf(description, sizeof(description),
		       "nginx-handover: holds nginx master %d as the way back until %s",
		       (int)s->run.world.old.subject.process.pid,
		       moment_shown(until_s, 0, at, sizeof(at)));
	if (watcher_start(s, &w, why, sizeof(why)) == 0)
		say_watched(s, until_s);
	else
		say_unwatched(why);
}

void hold_watch_over(struct session *s)
{
	uint64_t hold_us = s->run.ask.hold_us;

	/* A moment is a whole second: rounded up, so that the hold is never shorter than asked. */
	s->held_until_s = moment_now() + hold_us / USEC_PER_SEC + (hold_us % USEC_PER_SEC ? 2 : 1);
	watch_until(s, s->held_until_s);
}

void hold_pick_up(struct session *s)
{
	struct hold_seen seen;
	uint64_t until_s;

	if (s->lock.fd < 0 || s->settings->dry_run || !looks_held(&s->run.facts) ||
	    hold_find(s->settings, &s->site, &seen) || !history_was_held(s, &until_s))
		return;
	say(SAY_WARNING,
	    "old master %d was to be held as the way back, and no process watches it any more: that process was killed, or the run that was about to start it",
	    (int)s->run.world.old.subject.process.pid);
	watch_until(s, until_s);
}
