/* start: starts nginx so that it can be upgraded later, and returns when its workers accept
 * connections. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "commands/beside.h"
#include "commands/commands.h"
#include "commands/record.h"
#include "commands/report.h"
#include "commands/session.h"
#include "commands/site.h"
#include "commands/start.h"
#include "commands/stop.h"
#include "commands/storage.h"
#include "commands/verdict.h"
#include "core/facts.h"
#include "core/observe.h"
#include "core/strays.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/error_text.h"
#include "os/exit_code.h"
#include "os/process.h"
#include "os/waker.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

/* Prints why nginx did not start: r and *result are of door_run(). 0: it did; else the exit code.
 */
static int say_executed(const struct session *s, int r, const struct door_result *result)
{
	char time[32];

	if (r == -ETIMEDOUT)
		say(SAY_ERROR,
		    "nginx could not be started: it was not ready after %s, and was killed. What to do: give it more time with --start-timeout (START_TIMEOUT= in the settings)",
		    duration_text(s->run.ask.start_timeout_us, time, sizeof(time)));
	else if (r < 0)
		say(SAY_ERROR,
		    "nginx could not be started: could not %s (%s): %s. What to do: see the limits on processes, open files and memory, then start it again",
		    result->step, s->site.nginx, strerror(-r));
	else if (WIFSIGNALED(result->status))
		say(SAY_ERROR,
		    "nginx could not be started: it was ended by signal %d. What to do: see its error log; \"nginx-handover rollback\" puts another build in its place",
		    WTERMSIG(result->status));
	else if (!DOOR_EXITED_WITH(result->status, 0))
		say(SAY_ERROR,
		    "nginx could not be started: it ended with exit code %d. What to do: see what it said itself, above or in its error log",
		    WEXITSTATUS(result->status));
	return r < 0 || !DOOR_EXITED_WITH(result->status, 0) ? EXIT_FAILED : 0;
}

/*
 * nginx gets our own streams and environment, as it would have without us: "error_log stderr" in a
 * unit reaches the journal. So what nginx itself prints about a failure comes before our line.
 */
static int execute(struct session *s, const struct config_arguments *arguments,
		   const struct program *program)
{
	char *argv[12] = {s->site.nginx, NULL};
	struct actor ourselves = actor_ourselves();
	struct door_spec spec = {.program = program, .actor = &ourselves, .argv = argv};
	struct door_result *result = storage_new(sizeof(*result));
	int r;

	if (!result)
		return EXIT_FAILED;
	config_arguments_add(arguments, argv, 1);
	spec.own_streams = true;
	spec.wake_fd = -1; /* a signal must not end the wait: nginx may live by then */
	r = door_run(&spec, s->run.ask.start_timeout_us, result);
	r = say_executed(s, r, result);
	free(result);
	return r;
}

/* Waits until a look finds every worker accepting. */
static bool await_workers(struct session *s)
{
	struct run *run = &s->run;
	uint64_t began_us = clock_us();
	uint64_t until_us = began_us + s->run.ask.start_timeout_us;
	struct world_found found;
	bool open = false;
	int r;

	memset(&run->facts, 0, sizeof(run->facts));
	while (clock_us() < until_us && !waker_take_signal()) {
		const struct generation_facts *g = &run->facts.old;

		run->look_error = 0;
		if (!open) {
			world_close(&run->world);
			open = world_open(&run->world, s->site.pid_path, &s->site.believed, &found);
		}
		r = open ? observe(&run->world, &run->facts) : 0;
		if (r < 0)
			run->look_error = r; /* and look again, until the time is up */
		if (!r && open && g->idle && g->accepting && !g->starting)
			return true;
		if (!r && open && !g->alive)
			return false;
		waker_wait(&run->waker, began_us, until_us);
	}
	return false;
}

static int say_no_workers(const struct session *s)
{
	int master = (int)s->run.world.old.subject.process.pid;
	char time[32];

	if (s->run.look_error)
		say(SAY_ERROR,
		    "nginx was started, but whether its workers accept connections cannot be told: %s. What to do: look with \"nginx-handover status\"",
		    error_text(-s->run.look_error));
	else if (s->run.facts.old.alive)
		say(SAY_ERROR,
		    "nginx was started, but it has no worker that accepts connections after %s (--start-timeout); master %d lives. What to do: see its error log; \"nginx-handover stop\" ends what is left of it",
		    duration_text(s->run.ask.start_timeout_us, time, sizeof(time)), master);
	else
		say(SAY_ERROR,
		    "nginx was started, but it has no worker that accepts connections (master %d has ended). What to do: see its error log; \"nginx-handover stop\" ends what is left of it",
		    master);
	return EXIT_FAILED;
}

/* Under "run": with an error its supervisor would start it again and again beside these workers. */
static int end_orphans(struct session *s, struct strays *strays)
{
	struct believed b = s->site.believed;
	int r;

	s->run.ask.drain_timeout_us = START_SWEEP_US;
	r = stop_strays(s, &b, strays);
	session_close_world(s);
	s->run.ask.drain_timeout_us = s->settings->drain_timeout_us;
	return r;
}

/* Workers of a dead master still have its sockets open: nginx could not bind the addresses, or
 * would share them. */
static int refuse_beside_orphans(struct session *s)
{
	struct strays strays = {.count = 0};
	char text[512];
	bool proven = false;
	size_t i;
	int r;

	r = beside_find(s, site_named_pid(&s->site), &strays);
	if (r < 0) {
		say(SAY_ERROR,
		    "nginx was not started, since it is not known whether a part of it runs already: %s. What to do: see the limits on open files (\"ulimit -n\") and on memory, and whether /proc shows all processes",
		    strerror(-r));
		return EXIT_FAILED;
	}
	for (i = 0; i < strays.count; i++)
		proven = proven || strays.list[i].proven;
	if (proven && s->execute)
		return end_orphans(s, &strays);
	(void)strays_text(&strays, text, sizeof(text));
	if (proven)
		say(SAY_ERROR,
		    "nginx was not started: its old workers still serve, %s. What to do: \"nginx-handover stop\" ends them, then start again",
		    text);
	else if (strays.count)
		say(SAY_WARNING, "workers without a master run: %s", text);
	return proven ? EXIT_FAILED : 0;
}

static int start_it(struct session *s, const struct config_arguments *arguments,
		    const struct program *program)
{
	struct actor ourselves = actor_ourselves();
	char status[256];
	char took[32];
	uint64_t began_us = clock_us();
	int r = start_test(s, arguments, program, &ourselves, "nginx was not started");

	if (!r)
		r = s->execute ? s->execute(s, arguments, program) : execute(s, arguments, program);
	if (r)
		return r;
	verdict_changed();
	if (!await_workers(s))
		return say_no_workers(s);
	s->init->ops.note(s->init, INIT_STARTED, s->run.world.old.subject.process.pid,
			  report_status(&s->run, status, sizeof(status)));
	say(SAY_NOTICE, "nginx runs: master %d, %u workers accept connections (%s)",
	    (int)s->run.world.old.subject.process.pid, s->run.facts.old.accepting,
	    duration_text(clock_us() - began_us, took, sizeof(took)));
	/* Only a warning: with an error the init system would end an nginx that serves. */
	if (s->run.facts.old.accepting < s->run.ask.workers)
		say(SAY_WARNING,
		    "the configuration asks for %u workers, and nginx could not start all of them. What to do: see its error log, raise the limit on processes (TasksMax= in the unit, pids.max of the cgroup, \"ulimit -u\"), then \"nginx-handover reload\"",
		    s->run.ask.workers);
	record_start(s);
	return 0;
}

static int start(struct session *s, const struct config_arguments *arguments)
{
	struct program program = PROGRAM_NONE;
	int r = refuse_beside_orphans(s);

	if (!r)
		r = start_program(s, &program);
	if (!r)
		r = start_it(s, arguments, &program);
	program_close(&program);
	return r;
}

static int say_runs(const struct run *run, const char *how)
{
	const struct facts *f = &run->facts;
	const struct generation *g = f->new.alive ? &run->world.new : &run->world.old;

	say(SAY_NOTICE, "nginx %s: master %d, %u workers", how, (int)g->subject.process.pid,
	    f->old.accepting + f->new.accepting);
	return 0;
}

/* A second master of the same nginx would get some of its clients. */
static void say_beside(struct session *s)
{
	struct strays strays = {.count = 0};
	char text[512];

	(void)beside_find(s, 0, &strays);
	if (strays.count)
		say(SAY_WARNING,
		    "more of nginx runs than its pid file names: %s. What to do: \"nginx-handover stop\" ends all of it, then start again",
		    strays_text(&strays, text, sizeof(text)));
}

/*
 * The init system starts its service while nginx runs already, perhaps started by hand. That is a
 * success: the init system may find that nginx by the pid file anyway, and take it for the main
 * process of a start that has failed.
 */
static int runs_already(struct session *s)
{
	const struct run *run = &s->run;
	pid_t master = run->facts.new.alive ? run->world.new.subject.process.pid
					    : run->world.old.subject.process.pid;
	char status[256];

	if (s->init->part && !s->init->control)
		say(SAY_WARNING,
		    "nginx runs already as master %d, which was started by other means than this service. The service watches over it from now on, but its processes belong to another service or session. What to do: \"nginx-handover adopt\" brings them into this one",
		    (int)master);
	s->init->ops.note(s->init, INIT_STARTED, master,
			  report_status(run, status, sizeof(status)));
	say_beside(s);
	return say_runs(run, "runs already");
}

/* Waits for the end of a master that has had QUIT. 0: it has ended; else the exit code. */
static int await_its_end(struct session *s)
{
	struct run *run = &s->run;
	uint64_t began_us = clock_us();
	uint64_t until_us = began_us + s->settings->start_timeout_us;
	pid_t master = run->world.old.subject.process.pid;
	char time[32];

	say(SAY_NOTICE,
	    "master %d has had QUIT and still serves its last clients: its end is waited for",
	    (int)master);
	waker_watch_process(&run->waker, 0, &run->world.old.subject.process);
	while (clock_us() < until_us && !waker_take_signal()) {
		if (!process_alive(&run->world.old.subject.process)) {
			session_close_world(s);
			return 0;
		}
		waker_wait(&run->waker, began_us, until_us);
	}
	say(SAY_ERROR,
	    "nginx was not started: master %d, which has had QUIT, still serves its last clients after %s (--start-timeout). What to do: wait for its end, or end it with \"nginx-handover stop\"",
	    (int)master, duration_text(s->settings->start_timeout_us, time, sizeof(time)));
	return EXIT_FAILED;
}

int start_here(struct session *s, const struct config_arguments *arguments)
{
	int r;

	s->init->ops.patience(s->init, CONFIG_TEST_TIMEOUT_US + 2 * s->settings->start_timeout_us);
	r = session_take(s, "start", 0);
	if (r)
		return r;
	s->site.strangers = 0; /* another nginx is no reason not to start this one */
	if (session_open_world(s) == 0) {
		if (!s->run.facts.quitting)
			return runs_already(s);
		r = await_its_end(s);
		if (r)
			return r;
	} else if (s->problems.list[0].exit_code != EXIT_NOT_RUNNING) {
		/* If nginx did run, a second one could come up beside it (reuseport). */
		return problems_say(&s->problems);
	} else {
		beside_note_stopped(s);
	}
	r = start_find_binary(&s->site);
	return r ? r : start(s, arguments);
}

/* Prints nothing and leaves nothing open. */
static bool is_running(struct session *s)
{
	bool runs;

	s->site.strangers = 0;
	runs = session_open_world(s) == 0;
	session_close_world(s);
	return runs;
}

/* Whether nginx really serves: a vendor's unit may report the start too early. */
static int started_by_init(struct session *s)
{
	int r = session_take(s, "start", s->settings->start_timeout_us);

	if (r)
		return r;
	verdict_changed();
	if (!await_workers(s))
		return say_no_workers(s);
	record_start(s);
	return say_runs(&s->run, "runs");
}

bool start_await(struct session *s)
{
	bool serves =
		session_take(s, "start", s->settings->start_timeout_us) == 0 && await_workers(s);

	if (serves)
		record_start(s);
	return serves;
}

static int start_session(struct session *s, const struct settings *settings,
			 const struct config_arguments *arguments)
{
	enum init_job job = INIT_JOB_OURS;
	int r = session_find(s, settings);

	if (r)
		return r;
	if (!is_running(s))
		job = s->init->ops.start(s->init, s->site.pid_path,
					 settings->start_timeout_us + 3 * settings->test_timeout_us,
					 &r);
	if (job == INIT_JOB_OURS)
		r = start_here(s, arguments);
	else if (job == INIT_JOB_DONE)
		r = started_by_init(s);
	session_end(s);
	return r;
}

int start_with(const struct settings *settings, const struct config_arguments *arguments)
{
	struct session *s = storage_new(sizeof(*s));
	int r;

	if (!s)
		return EXIT_FAILED;
	r = start_session(s, settings, arguments);
	free(s);
	return r;
}

int command_start(const struct settings *settings)
{
	struct config_arguments arguments = {.conf = settings->conf};

	return start_with(settings, &arguments);
}
