/* stop: every generation, in order, and not before the last process is gone. */
#include <signal.h>
#include <string.h>

#include "commands/beside.h"
#include "commands/commands.h"
#include "commands/session.h"
#include "commands/verdict.h"
#include "core/workers.h"
#include "init/init.h"
#include "os/duration.h"
#include "ui/say.h"

#define JOB_MARGIN_US (30u * USEC_PER_SEC)

/* 0: there is something to stop; -1: there is nothing, which *ret_why says; else the exit code. */
static int look(struct session *s, struct problems *ret_why)
{
	if (session_open_world(s, ret_why) == 0)
		return 0;
	return ret_why->list[0].exit_code == EXIT_NOT_RUNNING ? -1 : problems_say(ret_why);
}

/* Of the generation in s->run.world; what else is there is kept for the next look. */
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

/* A world that holds nothing but what is believed, and where its pid file is. */
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
			return 1;
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

/* Ends those of them that are proven to be of this nginx; 0, or the exit code. */
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

/*
 * What serves beside the nginx of the pid file. dead_master is the number that was in it. 0: there
 * is nothing, or no more; else the exit code.
 */
static int stop_strays(struct session *s, const struct believed *b, struct strays *strays)
{
	char text[512];
	int r;

	if (!strays->count)
		return 0;
	(void)strays_text(strays, text, sizeof(text));
	say(SAY_NOTICE, "more of nginx runs than its pid file tells: %s", text);
	r = stop_each(s, b, strays);
	strays_keep(strays, is_unproven);
	if (r || !strays->count)
		return r;
	(void)strays_text(strays, text, sizeof(text));
	say(SAY_ERROR,
	    "not all of it was stopped: %s; whether they are of this nginx is not proven. What to do: see what they serve with \"ss -tlnp\", and end them with \"kill -QUIT\"",
	    text);
	return 1;
}

/* QUIT, TERM and KILL, each with the time that it is given. */
static uint64_t stop_time_us(const struct session *s)
{
	return s->settings->drain_timeout_us + 2 * s->settings->start_timeout_us;
}

/*
 * A stop wins, as it does under systemd: at a shutdown nobody asks again. Who is at work is told to
 * end, which it does in order (a handover goes back, or on where there is only forward), and is
 * then waited for. A configuration test and another stop end by themselves.
 */
static void tell_who_is_at_work(const struct session *s)
{
	struct process holder = PROCESS_NONE;
	struct lock_subjects subjects;
	char what[64];

	if (session_subjects(s->settings, &s->site, &subjects) < 0 ||
	    lock_holder(&subjects, &holder, what, sizeof(what)) < 0)
		return;
	if (strcmp(what, "stop") != 0 && strcmp(what, "configtest") != 0 &&
	    process_signal(&holder, SIGTERM) == 0)
		say(SAY_NOTICE, "another run (%s, pid %d) was told to end, and is waited for", what,
		    (int)holder.pid);
	process_close(&holder);
}

/* A look that failed is not "nothing to stop". */
static int say_unseen(int error)
{
	say(SAY_ERROR,
	    "whether more of nginx runs cannot be told: the processes cannot be looked at: %s. What to do: see the limits on open files (\"ulimit -n\") and on memory, and whether /proc shows all processes, then stop again",
	    strerror(-error));
	return 1;
}

static int stop_all(struct session *s, const struct problems *why, bool runs)
{
	struct believed b = s->run.world.believed;
	static struct strays strays;
	int seen;
	int r = 0;

	if (!runs)
		b = s->site.believed;
	seen = beside_find(s, runs ? 0 : site_named_pid(&s->site), &strays);
	if (!runs && seen < 0 && !strays.count)
		return say_unseen(seen);
	if (!runs && !strays.count) {
		init_stopped();
		say(SAY_NOTICE, "%s: nothing to stop", why->list[0].text);
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
	struct problems problems = {.count = 0};
	int r;

	/* A handover that somebody drives from a shell sees that the unit is being stopped, and
	 * ends in order. */
	if (!init_is_part())
		tell_who_is_at_work(s);
	r = session_take(s, "stop", stop_time_us(s));
	if (!r)
		r = look(s, &problems);
	if (r > 0)
		return r;
	if (r < 0) {
		world_close(&s->run.world);
		world_init(&s->run.world);
		s->run.world.believed = s->site.believed;
	}
	return stop_all(s, &problems, r == 0);
}

/* Where systemd watches over it, systemd stops it: else it would take that for a failure. */
static enum init_job stop_by_init(struct session *s)
{
	struct problems problems = {.count = 0};
	enum init_job job;

	if (session_open_world(s, &problems) < 0)
		return INIT_JOB_OURS;
	job = init_stop(s->run.world.old.subject.process.pid, s->run.world.new.subject.process.pid,
			stop_time_us(s) + JOB_MARGIN_US);
	session_close_world(s);
	if (job == INIT_JOB_DONE)
		verdict_changed();
	/* The unit's own ways of stopping may have left something. */
	if (job == INIT_JOB_DONE && session_open_world(s, &problems) == 0)
		return INIT_JOB_OURS;
	return job;
}

/* Its stop is a run of its own, or none of ours. */
static void say_by_unit(void)
{
	say(SAY_NOTICE,
	    "nginx is stopped, by its unit; whether that has cut connections, its journal tells");
}

int command_stop(const struct settings *settings)
{
	static struct session s;
	int r = session_find(&s, settings);

	if (r)
		return r;
	switch (stop_by_init(&s)) {
	case INIT_JOB_DONE: say_by_unit(); break;
	case INIT_JOB_FAILED: r = 1; break;
	default: r = stop_here(&s); break;
	}
	return session_conclude(&s, r);
}
