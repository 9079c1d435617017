/* What all commands that signal an nginx do at their begin and at their end. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "commands/beside.h"
#include "commands/commands.h"
#include "commands/drain_watch.h"
#include "commands/history.h"
#include "commands/hold.h"
#include "commands/metrics.h"
#include "commands/probing.h"
#include "commands/report.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "commands/verdict.h"
#include "core/cut.h"
#include "core/decide.h"
#include "core/drain.h"
#include "core/drive.h"
#include "core/observe.h"
#include "core/probe.h"
#include "core/problems.h"
#include "core/run_exit.h"
#include "core/run_init.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/addresses.h"
#include "nginx/ask_nginx.h"
#include "nginx/error_log.h"
#include "nginx/listeners.h"
#include "nginx/title.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/lock.h"
#include "os/waker.h"
#include "ui/say.h"

int session_with(const struct settings *settings, session_command_fn *command)
{
	struct session *s = storage_new(sizeof(*s));
	int r;

	if (!s)
		return EXIT_FAILED;
	r = command(s, settings);
	free(s);
	return r;
}

static void fill_ask(struct session *s)
{
	struct ask *ask = &s->run.ask;

	ask->start_timeout_us = s->settings->start_timeout_us;
	ask->settle_us = s->settings->settle_us;
	ask->drain_timeout_us = s->settings->drain_timeout_us;
	ask->drain_term = strcmp(s->settings->drain_expired, "term") == 0;
}

bool session_seek(struct session *s, const struct settings *settings)
{
	memset(s, 0, sizeof(*s));
	s->settings = settings;
	s->init = s->run.init = settings->caller;
	s->lock.fd = -1;
	s->run.flows = -1;
	s->run.log.fd = -1;
	world_init(&s->run.world);
	s->run.events = &report_events;
	s->init->ops.open(s->init);
	s->init->unnamed = settings_unnamed(settings);
	if (site_find(settings, &s->site, &s->problems)) {
		s->init->pid_path = s->site.pid_path;
		return true;
	}
	session_end(s);
	return false;
}

int session_find(struct session *s, const struct settings *settings)
{
	return session_seek(s, settings) ? 0 : problems_say(&s->problems);
}

int session_open_waker(struct waker *w)
{
	int r = waker_open(w);

	if (r < 0)
		say(SAY_ERROR,
		    "no signal can be caught: %s. Nothing was done. What to do: see the limits on open files (\"ulimit -n\") and on memory, then try again",
		    strerror(-r));
	return r < 0 ? EXIT_FAILED : 0;
}

static int catch_signals(struct session *s)
{
	int r = session_open_waker(&s->run.waker);

	s->waker_open = r == 0;
	return r;
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

static void attach(struct session *s)
{
	const struct world *w = &s->run.world;

	s->init = init_attach(s->settings->caller, w->new.subject.process.pid > 0
							   ? w->new.subject.process.pid
							   : w->old.subject.process.pid);
	s->run.init = s->init;
}

int session_open_world(struct session *s)
{
	int r;

	problems_clear(&s->problems);
	if (!site_open_world(&s->site, &s->run.world, &s->problems))
		return -ESRCH;
	s->run.world.resumed = true;
	attach(s);
	if (!s->settings->dry_run && !s->looks_only)
		s->init->ops.note(s->init, INIT_FOUND_RUNNING, 0, NULL);
	error_log_mark(s->run.world.old.subject.process.pid, &s->run.log);
	r = observe(&s->run.world, &s->run.facts);
	report_intruder(&s->run.world);
	if (r < 0)
		problem_advise(problem_add(&s->problems, EXIT_FAILED, "/proc cannot be read: %s",
					   strerror(-r)),
			       "see what \"ls /proc/self\" says");
	return r;
}

/*
 * The init system has stopped the service while this command waited for another run. Its stop is
 * done; an exit code other than 0 would turn it into a failure.
 */
static bool was_stopped(const struct session *s)
{
	return s->problems.list[0].exit_code == EXIT_NOT_RUNNING && s->init->part &&
	       waker_take_signal() != 0;
}

int session_look(struct session *s)
{
	int r = 0;

	if (session_open_world(s) < 0) {
		if (was_stopped(s)) {
			say(SAY_NOTICE,
			    "the service is being stopped, and nothing of nginx is left");
			session_end(s);
			return COMMAND_OVER;
		}
		r = problems_say(&s->problems);
		session_close_world(s);
		if (r == EXIT_NOT_RUNNING) {
			beside_note_stopped(s);
			beside_say(s);
		}
		return session_conclude(s, r);
	}
	/* Up to two binaries test the configuration. */
	if (s->init->control)
		s->init->ops.patience(s->init,
				      2 * CONFIG_TEST_TIMEOUT_US + s->settings->start_timeout_us);
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
	run->init->ops.settle(run->init, &end);
}

/* The init system's job has succeeded when the new generation serves, even if the old one still
 * drains or is held. */
static int job_code(const struct run *run, int code)
{
	if (code == EXIT_DRAINING || code == EXIT_HELD)
		return 0;
	return run->init->ops.exit_code(run->init, code, run->outcome == OUTCOME_STOPPED);
}

static void fit_in(struct session *s)
{
	struct init_limit limit;
	char text[32];

	if (!s->init->ops.time_left(s->init, &limit) || !session_fit(&s->run.ask, limit.left_us))
		return;
	say(SAY_NOTICE,
	    "%s: the old generation is waited for %s at most, then left to drain. What to do where that is too short: %s",
	    limit.text, duration_text(s->run.ask.drain_timeout_us, text, sizeof(text)),
	    limit.advice);
}

bool session_handed_over(int code)
{
	return code == 0 || code == EXIT_DRAINING || code == EXIT_HELD || code == EXIT_UNREAD;
}

/* Whether the run has changed what serves. An undo has, if the user asked for it (rollback); the
 * undo of a failed handover leaves everything as it was. */
static bool has_changed(const struct session *s)
{
	const struct run *run = &s->run;
	size_t i;

	switch (run->outcome) {
	case OUTCOME_NOTHING:
	case OUTCOME_KEPT: return run->healed.healed > 0;
	case OUTCOME_UNDONE: return s->asked_goal == GOAL_BACK;
	case OUTCOME_STUCK:
		for (i = 0; i < ACT_COUNT && !run->history.acted_us[i]; i++)
			;
		return i < ACT_COUNT;
	default: return true;
	}
}

/* `detach` also in a run that attaches nothing: it may continue one that was killed while its BPF
 * program was attached. */
static void ask_for_http3(struct session *s)
{
	struct ask *a = &s->run.ask;

	a->heal = a->steer = a->detach = strcmp(s->settings->quic, "off") != 0;
	a->attach = strcmp(s->settings->quic, "steer") == 0 && s->run.quic && !s->run.quic_moves &&
		    !a->hold_us;
	a->attended = a->steer && a->goal == GOAL_FORWARD && drain_can_be_watched(s);
}

/* What drains on stays in the charge of whoever has it. */
static void dismiss_watchers(const struct session *s)
{
	const struct ask *a = &s->run.ask;

	if (a->goal != GOAL_RELOAD)
		hold_dismiss(s);
	if (a->goal == GOAL_BACK || a->goal == GOAL_STOP || a->spawn)
		drain_dismiss(s);
}

int session_drive(struct session *s)
{
	int r;

	fit_in(s);
	s->asked_goal = s->run.ask.goal;
	ask_for_http3(s);
	dismiss_watchers(s);
	history_begin(s);
	drive(&s->run);
	lock_ends(&s->lock);
	settle_init(&s->run);
	report_intruder(&s->run.world);
	if (s->run.outcome == OUTCOME_STOPPED)
		s->init->ops.note(s->init, INIT_STOPPED, 0, NULL);
	r = run_exit_code(&s->run);
	session_trace_keep(s, r);
	report_end(&s->run);
	report_quic_left(&s->run);
	drain_watch_over(s);
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
	    "master %d has had QUIT: it no longer listens, serves its last clients, and takes no other signal. Nothing was done. What to do: \"nginx-handover start\" waits for its end and starts nginx",
	    (int)s->run.world.old.subject.process.pid);
	return EXIT_REFUSED;
}

/* Late: by now the record of builds knows what this run has learned, and nginx waits for nothing.
 */
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
	if (s->init->control)
		code = job_code(&s->run, code);
	session_end(s);
	return code;
}

void session_end(struct session *s)
{
	session_close_world(s);
	if (s->lock.fd >= 0 && !s->settings->dry_run && !s->looks_only)
		metrics_write(s->settings, &s->site, false);
	if (s->waker_open)
		waker_close(&s->run.waker);
	s->waker_open = false;
	probing_end(s);
	session_trace_end(s);
	lock_release(&s->lock);
	init_close(s->settings->caller);
	s->settings->caller->pid_path = NULL; /* it belonged to this session */
	s->init = s->run.init = s->settings->caller;
}
