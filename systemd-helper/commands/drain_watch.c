/* The watcher of a drain: how others start, find and end it, and the watcher itself. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/drain_watch.h"
#include "commands/heal.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "commands/verbs.h"
#include "commands/watcher.h"
#include "core/act_quic.h"
#include "core/decide.h"
#include "core/look_http3.h"
#include "core/problems.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_steer.h"
#include "os/duration.h"
#include "os/error_text.h"
#include "os/exit_code.h"
#include "os/lock.h"
#include "os/lock_subjects.h"
#include "os/process.h"
#include "os/waker.h"
#include "trust/path.h"
#include "ui/say.h"

/* How long to wait for the lock, which nobody had a moment before. */
#define LOCK_US (2u * USEC_PER_SEC)

/* How long to wait before another try: twice as long each time, up to the second. */
#define AGAIN_US      200000u
#define AGAIN_LAST_US (30u * USEC_PER_SEC)

/* How often to look for the end of the old master where there are no pidfds to wait for it. */
#define LOOK_US USEC_PER_SEC

static const char purpose[] = "drain";

/* What the lock of the watcher says. Returns ret. */
static const char *watcher_text(pid_t old, char ret[WATCHER_WHAT_SIZE])
{
	(void)snprintf(ret, WATCHER_WHAT_SIZE, "drain of %d", (int)old);
	return ret;
}

/* --- for others ------------------------------------------------------------------------------ */

pid_t drain_watcher(const struct settings *settings, const struct site *site)
{
	struct process watcher = PROCESS_NONE;
	char what[WATCHER_WHAT_SIZE];
	pid_t pid;

	if (!watcher_find(purpose, settings, site, &watcher, what))
		return 0;
	pid = watcher.pid;
	process_close(&watcher);
	return pid;
}

void drain_dismiss(const struct session *s)
{
	watcher_dismiss(purpose, s);
}

bool drain_can_be_watched(const struct session *s)
{
	struct distrust why;

	return watcher_can_start(s, &why) == 0;
}

/* --- starting it ----------------------------------------------------------------------------- */

/* 0, or -errno with the reason in ret_why. */
static int start_watcher(struct session *s, char *ret_why, size_t size)
{
	pid_t old = s->run.world.old.subject.process.pid;
	char what[WATCHER_WHAT_SIZE];
	char option[64];
	char description[128];
	const struct watcher w = {purpose,    watcher_text(old, what), "heal", VERB_HEAL, option,
				  description};

	(void)snprintf(option, sizeof(option), "--drain-of=%d", (int)old);
	(void)snprintf(description, sizeof(description),
		       "nginx-handover: repairs HTTP/3 when nginx master %d has ended", (int)old);
	return watcher_start(s, &w, ret_why, size);
}

static struct quic_steer led_now(const struct session *s)
{
	const struct world *w = &s->run.world;
	struct quic_steer led;

	(void)quic_steer_look(&w->old.subject, s->run.facts.new.alive ? &w->new.subject : NULL,
			      &led);
	return led;
}

static void say_attended(const struct session *s)
{
	const struct quic_steer led = led_now(s);

	report_quic_attended(&s->run.world, led.where, drain_watcher(s->settings, &s->site));
}

/* Where no watcher can be started: detaches the program now. why: why none can. */
static void detach_now(struct session *s, const char *why)
{
	const struct quic_steer led = led_now(s);
	int r = act_unsteer(&s->run);

	if (r < 0) {
		say(SAY_ERROR,
		    "HTTP/3 on %s: a program leads new clients to the new generation, and no process will remove it when the old one has ended: %s. It could not be removed now, either: %s. What to do: \"nginx-handover finish\" waits for that end, and removes it",
		    led.where, why, error_text(-r));
		return;
	}
	say(SAY_WARNING,
	    "HTTP/3 on %s: new clients are not led to the new generation any more, since no process would remove the program later: %s",
	    led.where, why);
	report_quic_drain(&s->run.world);
}

static void attend(struct session *s)
{
	char why[PATH_MAX + 256];

	if (drain_watcher(s->settings, &s->site) || start_watcher(s, why, sizeof(why)) == 0)
		say_attended(s);
	else
		detach_now(s, why);
}

/* Whether sockets will have no reader when the old workers, which still read them, have ended. */
static bool leaves_unread(const struct run *run, struct quic_unread *ret)
{
	if (!run->facts.new.alive || generation_unread(&run->world.new, ret) < 0)
		return false;
	return ret->unread > 0;
}

/* Where no watcher can be started the sockets are left to the next command; the run has said so. */
static void attend_sockets(struct session *s, const struct quic_unread *u)
{
	char why[PATH_MAX + 256];
	pid_t watcher;

	if (!drain_watcher(s->settings, &s->site) && start_watcher(s, why, sizeof(why)) < 0)
		return;
	watcher = drain_watcher(s->settings, &s->site);
	if (watcher)
		report_quic_later(&s->run.world, u, watcher);
}

void drain_watch_over(struct session *s)
{
	const struct run *run = &s->run;
	struct quic_unread u = {0, 0, ""};

	if (run->outcome != OUTCOME_DRAINING || !run->ask.attended)
		return;
	if (run->facts.switched)
		attend(s);
	else if (run->ask.heal && !run->facts.steered && leaves_unread(run, &u))
		attend_sockets(s, &u);
}

void drain_pick_up(struct session *s)
{
	const struct facts *f = &s->run.facts;
	struct quic_steer led;

	if (s->lock.fd < 0 || s->settings->dry_run || strcmp(s->settings->quic, "off") == 0)
		return;
	led = led_now(s);
	if (led.to == QUIC_STEER_NONE || drain_watcher(s->settings, &s->site))
		return;
	if (!f->new.alive) {
		(void)heal_rest(s);
	} else if (f->closing && f->old.alive && led.to == QUIC_STEER_NEW &&
		   drain_can_be_watched(s)) {
		say(SAY_WARNING,
		    "no process was in charge any more of the program that leads new clients of HTTP/3: that process was killed, or the run that was about to start it");
		attend(s);
	}
}

/* --- the watcher itself ---------------------------------------------------------------------- */

struct attendance {
	struct session s;
	struct process old; /* the old master */
};

/* Whether a signal came. */
static bool is_told_to_end(void)
{
	return waker_take_signal() != 0;
}

/* Waits for the end of the old master. False: a signal came. */
static bool await_end(struct attendance *w)
{
	struct waker *waker = &w->s.run.waker;

	waker_watch_process(waker, 0, &w->old);
	while (process_alive(&w->old)) {
		waker_watch(waker, LOOK_US);
		if (is_told_to_end())
			return false;
	}
	waker->processes[0] = -1;
	return true;
}

/* Takes the lock of the session. 0, or -errno. Prints nothing, since it is tried again. */
static int take_lock(struct session *s)
{
	struct lock_subjects subjects;
	char holder[160];
	int r = session_subjects(s->settings, &s->site, &subjects);

	s->lock.fd = -1;
	if (!r)
		r = lock_take(&s->lock, &subjects, s->verb, LOCK_US, holder, sizeof(holder));
	return r;
}

/* Whether nginx does not run any more. Then its sockets are closed, and the program has gone with
 * them. */
static bool is_stopped(const struct problems *p)
{
	return p->count && p->list[0].exit_code == EXIT_NOT_RUNNING;
}

/* Heals under the lock. 0: nothing is left to do; -EAGAIN: not possible now; else -errno, which was
 * printed. */
static int heal_locked(struct session *s)
{
	int r = take_lock(s);

	if (r)
		return -EAGAIN;
	s->init->ops.prepare(s->init); /* what is logged from here on is logged for the unit */
	r = session_open_world(s) < 0 ? (is_stopped(&s->problems) ? 0 : -EAGAIN) : heal_rest(s);
	session_close_world(s);
	lock_release(&s->lock);
	s->lock.fd = -1;
	return r;
}

/* A run that takes charge itself has the lock and sends SIGTERM. Prints a warning where somebody
 * else has sent a signal. Returns the exit code. */
static int say_told_to_end(const struct session *s)
{
	if (!watcher_stands_back(s))
		say(SAY_WARNING,
		    "HTTP/3: the process that was to repair it after the end of the old generation was told to end, and no other does that now. What to do: \"nginx-handover finish\" waits for it and does so");
	return 0;
}

static int watch(struct attendance *w)
{
	uint64_t again_us = AGAIN_US;
	int r;

	if (!await_end(w))
		return say_told_to_end(&w->s);
	for (;;) {
		r = watcher_stands_back(&w->s) ? -EAGAIN : heal_locked(&w->s);
		if (r != -EAGAIN)
			return r ? EXIT_FAILED : 0;
		waker_watch(&w->s.run.waker, again_us);
		if (is_told_to_end())
			return say_told_to_end(&w->s);
		again_us = again_us * 2 < AGAIN_LAST_US ? again_us * 2 : AGAIN_LAST_US;
	}
}

/* Opens the process with this pid, if it is the old master of this nginx. If that has ended, the
 * pid may be another process's by now. */
static void find_old(struct attendance *w, pid_t pid)
{
	struct session *s = &w->s;

	if (session_open_world(s) == 0 && s->run.world.old.subject.process.pid == pid &&
	    s->run.facts.new.alive)
		(void)process_open(pid, &w->old);
	session_close_world(s);
}

static int begin(struct attendance *w, pid_t old, struct lock *its)
{
	char what[WATCHER_WHAT_SIZE];
	const struct watcher watcher = {
		.purpose = purpose, .what = watcher_text(old, what), .verb = "heal"};

	return watcher_begin(&w->s, &watcher, "\"nginx-handover finish\" waits for its end", its);
}

static pid_t pid_of(const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	return *text >= '1' && *text <= '9' && !*end && pid <= INT_MAX ? (pid_t)pid : 0;
}

static int watch_in_session(struct attendance *w, const struct settings *settings)
{
	static const struct process none = PROCESS_NONE;
	struct lock its = {.fd = -1};
	pid_t old = pid_of(settings->drain_of);
	int r;

	if (!old) {
		say(SAY_ERROR,
		    "option: \"%.100s\" for drain-of is not a process. Nothing was done. What to do: leave that option to \"nginx-handover upgrade\"",
		    settings->drain_of);
		return EXIT_USAGE;
	}
	settings->caller->part = false; /* it belongs to no job of the unit that it runs in */
	w->old = none;
	r = session_find(&w->s, settings);
	if (!r)
		r = begin(w, old, &its);
	if (!r) {
		find_old(w, old);
		r = watch(w);
		process_close(&w->old);
		session_end(&w->s);
	}
	lock_release(&its);
	return r;
}

int drain_attend(const struct settings *settings)
{
	struct attendance *w = storage_new(sizeof(*w));
	int r = w ? watch_in_session(w, settings) : EXIT_FAILED;

	free(w);
	return r;
}
