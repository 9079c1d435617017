/* stop: every generation, in order, and not before the last process is gone. */
#include <signal.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/session.h"
#include "init/init.h"
#include "os/duration.h"
#include "ui/say.h"

#define JOB_MARGIN_US (30u * USEC_PER_SEC)

/* 0: there is something to stop; -1: there is nothing, which has been said; else the exit code. */
static int look(struct session *s)
{
	struct problems problems = {.count = 0};

	if (session_open_world(s, &problems) == 0)
		return 0;
	if (problems.list[0].exit_code != EXIT_NOT_RUNNING)
		return problems_say(&problems);
	init_stopped();
	say(SAY_NOTICE, "%s: nothing to stop", problems.list[0].text);
	return -1;
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

static int stop_here(struct session *s)
{
	int r;

	/* A handover that somebody drives from a shell sees that the unit is being stopped, and
	 * ends in order. */
	if (!init_is_part())
		tell_who_is_at_work(s);
	r = session_take(s, "stop", stop_time_us(s));
	if (!r)
		r = look(s);
	if (r)
		return r;
	s->run.ask.goal = GOAL_STOP;
	return session_drive(s);
}

/* Where systemd watches over it, systemd stops it: else it would take that for a failure. */
static enum init_job stop_by_init(struct session *s)
{
	struct problems problems = {.count = 0};
	enum init_job job;

	if (session_open_world(s, &problems) < 0)
		return INIT_JOB_OURS;
	job = init_stop(s->run.world.old.process.pid, s->run.world.new.process.pid,
			stop_time_us(s) + JOB_MARGIN_US);
	session_close_world(s);
	/* The unit's own ways of stopping may have left something. */
	if (job == INIT_JOB_DONE && session_open_world(s, &problems) == 0)
		return INIT_JOB_OURS;
	return job;
}

int command_stop(const struct settings *settings)
{
	static struct session s;
	int r = session_find(&s, settings);

	if (r)
		return r;
	switch (stop_by_init(&s)) {
	case INIT_JOB_DONE: say(SAY_NOTICE, "nginx is stopped"); break;
	case INIT_JOB_FAILED: r = 1; break;
	default: r = stop_here(&s); break;
	}
	session_end(&s);
	return r < 0 ? 0 : r;
}
