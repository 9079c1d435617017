/* stop: ends every generation, one after the other, and returns when the last process is gone. */
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "commands/beside.h"
#include "commands/commands.h"
#include "commands/session.h"
#include "commands/site.h"
#include "commands/stop.h"
#include "commands/verdict.h"
#include "core/decide.h"
#include "core/fault.h"
#include "core/strays.h"
#include "core/workers.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/process.h"
#include "trust/path.h"
#include "ui/say.h"

/* Beside the time of the stop itself, for a job of the init system. */
#define JOB_MARGIN_US (30u * USEC_PER_SEC)

/* *ret_runs: whether nginx runs; if not, s->problems says why. 0, or the exit code, which was
 * explained. */
static int look(struct session *s, bool *ret_runs)
{
	*ret_runs = session_open_world(s) == 0;
	if (*ret_runs || s->problems.list[0].exit_code == EXIT_NOT_RUNNING)
		return 0;
	return problems_say(&s->problems);
}

/* Stops what is in s->run.world. */
static int drive_stop(struct session *s)
{
	s->run.ask.goal = GOAL_STOP;
	s->run.outcome = OUTCOME_DONE;
	s->run.fault = s->run.late_fault = FAULT_NONE;
	return session_drive(s);
}

static int stop_master(struct session *s, const struct stray *stray)
{
	struct world *w = &s->run.world;
	struct believed b = w->believed;
	struct distrust why;

	if (master_look(stray->process.pid, &b, &w->old_master, &why) != MASTER_OK)
		return 0;
	if (!process_same(&w->old_master.subject.process, &stray->process) ||
	    generation_begin(&w->old, stray->process.pid, &b) < 0)
		return 0;
	return drive_stop(s);
}

/* A world without processes: it knows only whom to trust, and the pid files. */
static void empty_world(struct session *s, const struct believed *b)
{
	struct world *w = &s->run.world;

	world_close(w);
	world_init(w);
	w->believed = *b;
	pid_file_open(&w->pid_file, b, s->site.pid_path);
	pid_file_open_beside(&w->oldbin, &w->pid_file, OLDBIN_SUFFIX);
}

static int stop_workers(struct session *s, const struct believed *b, struct strays *strays)
{
	int r = 0;

	while (!r) {
		empty_world(s, b);
		if (strays_adopt_workers(strays, &s->run.world.old) < 0)
			return EXIT_FAILED;
		if (!s->run.world.old.count)
			break;
		r = drive_stop(s);
	}
	return r;
}

static bool is_unproven(const struct stray *stray)
{
	return !stray->proven;
}

/* Ends the strays that are proven to belong to this nginx. 0, or the exit code. */
static int stop_each(struct session *s, const struct believed *b, struct strays *strays)
{
	size_t i;
	int r = 0;

	for (i = 0; i < strays->count && !r; i++) {
		empty_world(s, b);
		if (strays->list[i].master && strays->list[i].proven)
			r = stop_master(s, &strays->list[i]);
	}
	return r ? r : stop_workers(s, b, strays);
}

int stop_strays(struct session *s, const struct believed *b, struct strays *strays)
{
	char text[512];
	int r;

	if (!strays->count)
		return 0;
	(void)strays_text(strays, text, sizeof(text));
	say(SAY_NOTICE, "more of nginx runs than its pid file names: %s", text);
	r = stop_each(s, b, strays);
	strays_keep(strays, is_unproven);
	if (r || !strays->count)
		return r;
	(void)strays_text(strays, text, sizeof(text));
	say(SAY_ERROR,
	    "nginx was stopped, but these were left alone, since they are not proven to belong to it: %s. What to do: see with \"ss -tlnp\" what they serve; end them with \"kill -QUIT PID\" if they are this nginx's",
	    text);
	return EXIT_FAILED;
}

/* How long a stop may take: QUIT, TERM and KILL, each with its own time. */
static uint64_t stop_time_us(const struct session *s)
{
	return s->settings->drain_timeout_us + 2 * s->settings->start_timeout_us;
}

/*
 * A stop has to succeed: at a shutdown nobody repeats it. So another run gets SIGTERM, and is then
 * waited for. A handover ends in order: it is undone, or, after QUIT, completed. A configuration
 * test and another stop need no signal.
 */
static void end_other_run(const struct session *s)
{
	struct process holder = PROCESS_NONE;
	char what[64];

	if (!session_holder(s->settings, &s->site, &holder, what, sizeof(what)))
		return;
	if (strcmp(what, "stop") != 0 && strcmp(what, "configtest") != 0 &&
	    process_signal(&holder, SIGTERM) == 0)
		say(SAY_NOTICE, "another run (%s, pid %d) was told to end, and is waited for", what,
		    (int)holder.pid);
	process_close(&holder);
}

/* A look that failed must not be reported as "nothing to stop". */
static int say_unseen(int error)
{
	say(SAY_ERROR,
	    "it is not known whether more of nginx runs: the processes cannot be looked at: %s. What to do: see the limits on open files (\"ulimit -n\") and on memory, and whether /proc shows all processes, then stop again",
	    strerror(-error));
	return EXIT_FAILED;
}

static int stop_all(struct session *s, bool runs)
{
	struct believed b = s->run.world.believed;
	struct strays strays = {.count = 0};
	int seen;
	int r = 0;

	if (!runs)
		b = s->site.believed;
	seen = beside_find(s, runs ? 0 : site_named_pid(&s->site), &strays);
	if (!runs && seen < 0 && !strays.count)
		return say_unseen(seen);
	if (!runs && !strays.count) {
		s->init->ops.note(s->init, INIT_STOPPED, 0, NULL);
		say(SAY_NOTICE, "%s: nothing to stop", s->problems.list[0].text);
		return 0;
	}
	if (runs)
		r = drive_stop(s);
	if (!r)
		r = stop_strays(s, &b, &strays);
	return r || seen == 0 ? r : say_unseen(seen);
}

static int stop_here(struct session *s)
{
	bool runs = false;
	int r;

	/* As a part of a unit's stop it need not: a handover from a shell sees that its unit is
	 * being stopped, and ends in order. */
	if (!s->init->part)
		end_other_run(s);
	r = session_take(s, "stop", stop_time_us(s));
	if (!r)
		r = look(s, &runs);
	if (r)
		return r;
	if (!runs) {
		world_close(&s->run.world);
		world_init(&s->run.world);
		s->run.world.believed = s->site.believed;
	}
	return stop_all(s, runs);
}

/* An init system that watches over nginx has to stop it: it would take another stop for a crash. */
static enum init_job stop_by_init(struct session *s)
{
	enum init_job job;

	if (session_open_world(s) < 0)
		return INIT_JOB_OURS;
	job = s->init->ops.stop(s->init, s->run.world.old.subject.process.pid,
				s->run.world.new.subject.process.pid,
				stop_time_us(s) + JOB_MARGIN_US);
	session_close_world(s);
	if (job == INIT_JOB_DONE)
		verdict_changed();
	/* The unit's own stop command may have left a part of nginx running. */
	if (job == INIT_JOB_DONE && session_open_world(s) == 0)
		return INIT_JOB_OURS;
	return job;
}

/* That stop was made by another process, so that its losses are not known here. */
static void say_by_init(const struct session *s)
{
	say(SAY_NOTICE, "nginx is stopped, by %s; for connections that this has cut see %s",
	    s->init->ops.by, s->init->ops.log);
}

static int stop_command(struct session *s, const struct settings *settings)
{
	int r = session_find(s, settings);

	if (r)
		return r;
	switch (stop_by_init(s)) {
	case INIT_JOB_DONE: say_by_init(s); break;
	case INIT_JOB_FAILED: r = EXIT_FAILED; break;
	default: r = stop_here(s); break;
	}
	return session_conclude(s, r);
}

int command_stop(const struct settings *settings)
{
	return session_with(settings, stop_command);
}
