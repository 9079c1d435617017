/* The common begin and end of commands. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "commands/beside.h"
#include "commands/history.h"
#include "commands/hold.h"
#include "commands/metrics.h"
#include "commands/report.h"
#include "commands/session.h"
#include "commands/verdict.h"
#include "core/preflight.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "os/duration.h"
#include "ui/say.h"

static void fill_ask(struct session *s)
{
	struct ask *ask = &s->run.ask;

	ask->start_timeout_us = s->settings->start_timeout_us;
	ask->settle_us = s->settings->settle_us;
	ask->drain_timeout_us = s->settings->drain_timeout_us;
	ask->drain_term = strcmp(s->settings->drain_expired, "term") == 0;
}

bool session_seek(struct session *s, const struct settings *settings, struct problems *problems)
{
	memset(s, 0, sizeof(*s));
	s->settings = settings;
	s->lock.fd = -1;
	s->run.log.fd = -1;
	world_init(&s->run.world);
	s->run.events = &report_events;
	init_open();
	if (site_find(settings, &s->site, problems))
		return true;
	session_end(s);
	return false;
}

int session_find(struct session *s, const struct settings *settings)
{
	struct problems problems = {.count = 0};

	return session_seek(s, settings, &problems) ? 0 : problems_say(&problems);
}

static int catch_signals(struct session *s)
{
	int r = waker_open(&s->run.waker);

	s->waker_open = r == 0;
	if (r < 0)
		say(SAY_ERROR, "no signal can be caught: %s. Nothing was done", strerror(-r));
	return r < 0;
}

int session_take(struct session *s, const char *verb, uint64_t wait_us)
{
	sigset_t before;
	int r;

	s->verb = verb;
	(void)sigprocmask(SIG_BLOCK, NULL, &before);
	if (!wait_us)
		wait_us = session_patience_us(s);
	r = session_lock(&s->lock, s->settings, &s->site, verb, wait_us);
	if (!r)
		r = catch_signals(s);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (r) {
		session_end(s);
		return r;
	}
	session_trace_begin(s);
	fill_ask(s);
	return 0;
}

int session_take_no_lock(struct session *s, const char *verb)
{
	int r;

	s->verb = verb;
	r = catch_signals(s);
	if (r) {
		session_end(s);
		return r;
	}
	fill_ask(s);
	return 0;
}

int session_open_world(struct session *s, struct problems *problems)
{
	int r;

	if (!site_open_world(&s->site, &s->run.world, problems))
		return -1;
	s->run.world.resumed = true;
	if (!s->settings->dry_run && !s->looks_only)
		init_found(true);
	init_attach(s->run.world.new.subject.process.pid > 0
			    ? s->run.world.new.subject.process.pid
			    : s->run.world.old.subject.process.pid);
	error_log_mark(s->run.world.old.subject.process.pid, &s->run.log);
	r = observe(&s->run.world, &s->run.facts);
	report_intruder(&s->run.world);
	if (r < 0)
		problem_advise(problem_add(problems, 1, "/proc cannot be read: %s", strerror(-r)),
			       "see what \"ls /proc/self\" says");
	return r;
}

/* While the end of another run was waited for: to the init system a failure now spoils its stop. */
static bool was_stopped(const struct problems *problems)
{
	return problems->list[0].exit_code == EXIT_NOT_RUNNING && init_is_part() &&
	       waker_take_signal() != 0;
}

int session_look(struct session *s)
{
	struct problems problems = {.count = 0};
	int r = 0;

	if (session_open_world(s, &problems) < 0) {
		if (was_stopped(&problems)) {
			say(SAY_NOTICE,
			    "the service is being stopped, and nothing of nginx is left");
			session_end(s);
			return -1;
		}
		r = problems_say(&problems);
		session_close_world(s);
		if (r == EXIT_NOT_RUNNING) {
			beside_note_stopped(s);
			beside_say(s);
		}
		return session_conclude(s, r);
	}
	/* The new binary, and maybe another one, is asked about the configuration. */
	if (init_is_control())
		init_patience(2 * CONFIG_TEST_TIMEOUT_US + s->settings->start_timeout_us);
	return r;
}

int session_begin(struct session *s, const struct settings *settings, const char *verb)
{
	int r = session_find(s, settings);

	if (!r)
		r = session_take(s, verb, 0);
	return r ? r : session_look(s);
}

static pid_t some_worker(const struct generation *g)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (g->workers[i].title == TITLE_WORKER)
			return g->workers[i].pid;
	}
	return 0;
}

static void settle_init(const struct run *run)
{
	struct init_end end = {.round = run_round(run)};
	char status[256];

	if (run->outcome == OUTCOME_DONE)
		end.worker = some_worker(&run->world.new);
	end.status = report_status(run, status, sizeof(status));
	init_settle(&end);
}

/* To the init system its job is done when nginx runs what was asked for, or is stopped when it
 * wanted that in the middle. */
static int job_code(const struct run *run, int code)
{
	if (code == EXIT_DRAINING || code == EXIT_HELD)
		return 0;
	if (run->outcome == OUTCOME_STOPPED && init_stop_is_wanted())
		return 0;
	if (code == 0 || run->outcome == OUTCOME_STOPPED || !init_kills_on_failure())
		return code;
	say(SAY_ERROR,
	    "this ends as a success (exit code 0 in place of %d), though it failed: systemd still takes a dead master for the main process and would kill nginx after a failure. Now it reads the pid file instead. What to do: NotifyAccess=exec in the unit, on 219 NotifyAccess=all, spares that",
	    code);
	return 0;
}

bool session_start_is_short(const struct settings *settings, uint64_t test_took_us)
{
	return settings->start_timeout_given && test_took_us > settings->start_timeout_us / 2;
}

void session_note_test(struct session *s, uint64_t took_us)
{
	uint64_t set_us = s->settings->start_timeout_us;
	char took[32];
	char time[32];

	/* What matters beside it: a moment more for each start would only be in the messages. */
	if (took_us < set_us / 20)
		return;
	(void)duration_text(took_us, took, sizeof(took));
	if (!s->settings->start_timeout_given) {
		s->run.ask.start_timeout_us = set_us + 2 * took_us;
		say(SAY_INFO,
		    "nginx took %s to test its configuration, and takes as long to read it again: it gets up to %s to be ready",
		    took, duration_text(s->run.ask.start_timeout_us, time, sizeof(time)));
	} else if (session_start_is_short(s->settings, took_us)) {
		say(SAY_WARNING,
		    "nginx took %s to test its configuration, and takes as long to read it again; START_TIMEOUT is set to %s, which may be too short. What to do: set more (--start-timeout), or leave it out: then it follows from the test",
		    took, duration_text(set_us, time, sizeof(time)));
	}
}

bool session_fit(struct ask *ask, uint64_t left_us)
{
	uint64_t watch_us = ask->settle_us;
	uint64_t needed_us;

	if (ask->prove && ask->probe_timeout_us > watch_us)
		watch_us = ask->probe_timeout_us;
	needed_us = watch_us + ask->start_timeout_us;
	if (ask->goal != GOAL_FORWARD || needed_us + ask->drain_timeout_us <= left_us)
		return false;
	ask->drain_timeout_us = left_us > needed_us ? left_us - needed_us : 0;
	ask->drain_term = false;
	return true;
}

static void fit_in(struct session *s)
{
	uint64_t left_us = 0;
	char text[32];

	if (!init_time_left(&left_us) || !session_fit(&s->run.ask, left_us))
		return;
	say(SAY_NOTICE,
	    "this systemd cannot be asked for more time than the unit's TimeoutStartSec=: the old generation is waited for %s at most, then left to drain. What to do where that is too short: set TimeoutStartSec= to more than DRAIN_TIMEOUT, SETTLE and START_TIMEOUT together",
	    duration_text(s->run.ask.drain_timeout_us, text, sizeof(text)));
}

bool session_handed_over(int code)
{
	return code == 0 || code == EXIT_DRAINING || code == EXIT_HELD || code == EXIT_UNREAD;
}

/* An undo that was asked for has; one that was not leaves all as it was. */
static bool has_changed(const struct session *s)
{
	const struct run *run = &s->run;
	size_t i;

	switch (run->outcome) {
	case OUTCOME_NOTHING:
	case OUTCOME_KEPT: return false;
	case OUTCOME_UNDONE: return s->asked_goal == GOAL_BACK;
	case OUTCOME_STUCK:
		for (i = 0; i < ACT_COUNT && !run->history.acted_us[i]; i++)
			;
		return i < ACT_COUNT;
	default: return true;
	}
}

int session_drive(struct session *s)
{
	int r;

	fit_in(s);
	s->asked_goal = s->run.ask.goal;
	if (s->run.ask.goal != GOAL_RELOAD)
		hold_dismiss(s);
	drive(&s->run);
	settle_init(&s->run);
	report_intruder(&s->run.world);
	if (s->run.outcome == OUTCOME_STOPPED)
		init_stopped();
	r = run_exit_code(&s->run);
	session_trace_keep(s, r);
	report_end(&s->run);
	s->driven = true;
	s->drive_code = r;
	if (has_changed(s))
		verdict_changed();
	if (s->run.outcome == OUTCOME_DONE && !report_lossless(&s->run))
		verdict_lossy();
	if (s->run.outcome == OUTCOME_HELD && !s->settings->held_until)
		hold_watch_over(s);
	return r;
}

int session_refuse_quitting(const struct session *s)
{
	say(SAY_ERROR,
	    "master %d has had QUIT: it listens no more, serves its last clients, and takes no other signal. Nothing was done. What to do: \"nginx-handover start\" waits for its end and starts nginx",
	    (int)s->run.world.old.subject.process.pid);
	return EXIT_REFUSED;
}

/* When the record of builds has what this run has learned of them, and nobody waits any more. */
static void note_history(struct session *s)
{
	if (s->driven)
		history_note(s, s->drive_code);
	s->driven = false;
}

void session_close_world(struct session *s)
{
	note_history(s);
	probes_end(&s->run);
	error_log_close(&s->run.log);
	addresses_free(&s->run.listened);
	cut_reset(&s->run.cut);
	drain_reset(&s->run.drain);
	socket_paths_free(&s->run.sockets);
	world_close(&s->run.world);
	world_init(&s->run.world);
}

int session_conclude(struct session *s, int code)
{
	if (init_is_control())
		code = job_code(&s->run, code);
	session_end(s);
	return code;
}

void session_end(struct session *s)
{
	session_close_world(s);
	if (s->lock.fd >= 0 && !s->settings->dry_run)
		metrics_write(s->settings, &s->site, false);
	if (s->waker_open)
		waker_close(&s->run.waker);
	s->waker_open = false;
	session_trace_end(s);
	lock_release(&s->lock);
	init_close();
}
