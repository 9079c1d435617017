/*
 * What a person reads while a handover goes, and at its end: what was seen, what was done about it,
 * what state the service is in now, what to do next.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/report.h"
#include "init/init.h"
#include "os/clock.h"
#include "os/duration.h"
#include "ui/say.h"

static void describe(const char *name, pid_t master, const struct generation_facts *g, char *ret,
		     size_t size)
{
	size_t n;

	ret[0] = '\0';
	if (!g->alive)
		return;
	n = (size_t)snprintf(ret, size, "  %s %d:", name, (int)master);
	if (g->accepting && n < size)
		n += (size_t)snprintf(ret + n, size - n, " %u accepting", g->accepting);
	if (g->starting && n < size)
		n += (size_t)snprintf(ret + n, size - n, " %u starting", g->starting);
	if (g->leaving && n < size)
		n += (size_t)snprintf(ret + n, size - n, " %u leaving", g->leaving);
	if (!g->accepting && !g->starting && !g->leaving && n < size)
		(void)snprintf(ret + n, size - n, " no workers");
}

static void on_phase(const struct run *run, enum phase phase, uint64_t took_us)
{
	const struct world *w = &run->world;
	struct say_field fields[] = {
		{"phase", phase_word(phase), 0},
		{"duration_us", NULL, took_us},
		{"old_pid", NULL, (uint64_t)w->old.subject.process.pid},
		{"new_pid", NULL, (uint64_t)w->new.subject.process.pid},
		{NULL, NULL, 0},
	};
	char took[32];
	/* A reload goes through no phases. */
	enum say_level level = run->ask.goal == GOAL_RELOAD ? SAY_DEBUG : SAY_NOTICE;
	char old[96];
	char new[96];

	describe("old", w->old.subject.process.pid, &run->facts.old, old, sizeof(old));
	describe("new", w->new.subject.process.pid, &run->facts.new, new, sizeof(new));
	say_event(level, "phase", fields, "%9s  %-8s  %s",
		  duration_text(took_us, took, sizeof(took)), phase_word(phase), phase_text(phase));
	say(SAY_DEBUG, "           then: %s%s", *old ? old : "  old master gone", new);
}

static void on_action(const struct run *run, enum action action)
{
	struct say_field fields[] = {{"action", action_text(action), 0}, {NULL, NULL, 0}};

	(void)run;
	say_event(SAY_DEBUG, "action", fields, "           -> %s", action_text(action));
}

/* ": " and what nginx says in its error log; nothing where it says nothing. */
static const char *cause(const struct run *run, char *ret, size_t size)
{
	char line[768];

	ret[0] = '\0';
	if (run_cause(run, line, sizeof(line)))
		(void)snprintf(ret, size, ": %s", line);
	else if (run->pipe[0])
		(void)snprintf(
			ret, size,
			": it waits for somebody to write to the named pipe %s, once more than for the test",
			run->pipe);
	return ret;
}

#define TIME_ADVICE ". What to do: if it only needs longer, give it that with --start-timeout"

/* Where the time for it was over: how long that was, and what would give more. */
const char *report_in_time(const struct run *run, enum fault fault, char *ret, size_t size)
{
	char time[32];

	ret[0] = '\0';
	if (run->waited && fault_is_of_time(fault))
		(void)snprintf(ret, size, "; it had %s (--start-timeout, START_TIMEOUT=)",
			       duration_text(run->ask.start_timeout_us, time, sizeof(time)));
	return ret;
}

/* ": Too many open files" */
static const char *unseen_because(const struct run *run, char *ret, size_t size)
{
	(void)snprintf(ret, size, ": %s", strerror(-run->look_error));
	return ret;
}

static void on_turn(const struct run *run, enum fault fault)
{
	struct say_field fields[] = {{"fault", fault_text(fault), 0},
				     {"phase", phase_word(run->phase), 0},
				     {NULL, NULL, 0}};
	char why[800];
	char time[96];
	char reason[2 * PATH_MAX];

	if (fault == FAULT_ACTION && run->failed_action == ACT_INSTALL)
		say_event(
			SAY_ERROR, "turn", fields,
			"the new binary could not be installed: could not %s %s: %s",
			run->failed.step, run->failed.path,
			install_error_reason(&run->failed, run->act_error, reason, sizeof(reason)));
	else if (fault == FAULT_ACTION)
		say_event(SAY_ERROR, "turn", fields, "%s: %s", action_text(run->failed_action),
			  strerror(-run->act_error));
	else
		say_event(SAY_ERROR, "turn", fields, "%s%s%s", fault_text(fault),
			  report_in_time(run, fault, time, sizeof(time)),
			  fault == FAULT_UNSEEN ? unseen_because(run, why, sizeof(why))
						: cause(run, why, sizeof(why)));
	if (run->phase != PHASE_ALONE && run->ask.goal == GOAL_FORWARD)
		say(SAY_NOTICE, "going back to the old generation, master %d",
		    (int)run->world.old.subject.process.pid);
}

/* How long it may still take. Of a drain that is its whole rest, also while it is looked at
 * something else: it counts down once. */
static uint64_t time_left(const struct run *run, const struct decision *d)
{
	uint64_t until_us = d->until_us;

	if (run->ask.goal == GOAL_FORWARD && run->facts.old.leaving &&
	    until_us < drain_deadline_us(&run->ask, &run->history))
		until_us = drain_deadline_us(&run->ask, &run->history);
	return until_us > run->history.now_us ? until_us - run->history.now_us : 0;
}

/* Whole seconds: what is said to the init system must not change at every look. */
static void wait_status(const struct run *run, const struct decision *d)
{
	static const char *const doing[] = {
		[GOAL_FORWARD] = "Handover",
		[GOAL_BACK] = "Undoing the handover",
		[GOAL_STOP] = "Stopping",
		[GOAL_RELOAD] = "Reloading",
	};
	unsigned leaving = run->facts.old.leaving + run->facts.new.leaving;
	char text[200];

	if (leaving)
		(void)snprintf(text, sizeof(text),
			       "%s (%s): %u workers finish their clients, at most %llu s more",
			       doing[run->ask.goal], phase_word(d->phase), leaving,
			       (unsigned long long)(time_left(run, d) / USEC_PER_SEC));
	else
		(void)snprintf(text, sizeof(text), "%s (%s): %s", doing[run->ask.goal],
			       phase_word(d->phase), phase_text(d->phase));
	init_status(text);
}

static void on_wait(const struct run *run, const struct decision *d)
{
	uint64_t now_us = run->history.now_us;
	char left[32];

	wait_status(run, d);
	say_offer();
	/* Short waits would only flicker. */
	if (!say_is_live() || now_us < run->history.phase_since_us + 200u * USEC_PER_MSEC)
		return;
	(void)duration_text(time_left(run, d), left, sizeof(left));
	if (run->ask.goal == GOAL_RELOAD)
		say_live("           the master takes its new configuration, at most %s more",
			 left);
	else if (run->ask.goal == GOAL_BACK) /* many short waits: it counts up, from the turn */
		say_live("           going back to the old generation: %s",
			 duration_text(now_us - run->history.began_us, left, sizeof(left)));
	else if (run->facts.old.leaving || run->facts.new.leaving)
		say_live("           %s: %u workers finish their clients, %s left",
			 phase_word(d->phase), run->facts.old.leaving + run->facts.new.leaving,
			 left);
	else
		say_live("           %s: %s, at most %s more", phase_word(d->phase),
			 phase_text(d->phase), left);
}

static void on_stop_asked(const struct run *run)
{
	say(SAY_WARNING,
	    "the service is being stopped: the handover ends here (phase %s), and every generation is stopped in order",
	    phase_word(run->phase));
}

static void on_interrupted(const struct run *run, int sig, bool turns_back)
{
	const char *name = sig == SIGINT ? "SIGINT" : sig == SIGQUIT ? "SIGQUIT" : "SIGTERM";

	if (turns_back)
		say(SAY_WARNING, "%s: the handover is undone", name);
	else if (run->ask.goal == GOAL_FORWARD)
		say(SAY_WARNING, "%s: the old master has had QUIT, there is no way back; finishing",
		    name);
	else
		say(SAY_WARNING, "%s: what is under way is brought to its end first", name);
}

static void on_hurried(const struct run *run)
{
	char settle[32];

	say(SAY_WARNING,
	    "SIGUSR1, as from \"nginx-handover finish\": the old workers' clients are not waited for before QUIT; the new generation is watched alone for %s",
	    duration_text(run->ask.settle_us, settle, sizeof(settle)));
}

const struct run_events report_events = {on_phase,      on_action,      on_turn,   on_wait,
					 on_stop_asked, on_interrupted, on_hurried};

const char *report_way_on(const struct facts *f)
{
	if (!f->old.alive)
		return "\"nginx-handover status\" shows what serves; there is no old generation to go back to";
	if (f->closing)
		return "The old master has had QUIT: \"nginx-handover finish\" waits for its end, and after that \"nginx-handover rollback\" hands over to the build that served before";
	return "Run \"nginx-handover finish\" to go on to the new generation, or \"nginx-handover rollback\" to go back";
}

/* What of the new generation is still there after an undo. */
static void say_remains(const struct run *run)
{
	if (run->leftovers)
		say(SAY_WARNING,
		    "%u processes of the new generation ran on without their master; they were found by the sockets that they share with this nginx, and told to end",
		    run->leftovers);
	if (run->facts.new.alive)
		say(SAY_WARNING,
		    "the new master %d has had QUIT and still has clients to finish (%u workers); it leaves by itself. See \"nginx-handover status\"",
		    (int)run->world.new.subject.process.pid, run->facts.new.leaving);
	if (run->facts.new.orphans)
		say(SAY_WARNING, "%u workers of the dead new master still finish their clients",
		    run->facts.new.orphans);
}

static void end_undone(const struct run *run)
{
	struct say_field fields[] = {
		{"fault", fault_text(run->fault), 0},
		{"phase", phase_word(run->phase), 0},
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		{NULL, NULL, 0}};
	int old = (int)run->world.old.subject.process.pid;
	unsigned workers = run->facts.old.accepting;
	const char *back = run->ask.restore_binary ? ", the old binary is back at " : "";
	const char *target = run->ask.restore_binary
				     ? master_own_path(&run->world.old_master, run->world.target)
				     : "";
	char why[800];
	char time[96];

	if (run->fault == FAULT_ACTION && run->failed_action == ACT_INSTALL) {
		say(SAY_ERROR,
		    "nothing was signalled and nothing was changed; master %d serves as before",
		    old);
		return;
	}
	if (run->fault == FAULT_NONE || run->fault == FAULT_NEW_STAYS) {
		say(SAY_NOTICE, "rolled back, as asked: master %d serves with %u workers%s%s", old,
		    workers, back, target);
		say_remains(run);
		return;
	}
	/* Only now: nginx may have logged the end of its child after we saw it. */
	(void)cause(run, why, sizeof(why));
	if (!*why && run->fault != FAULT_INTERRUPTED)
		(void)snprintf(why, sizeof(why), "; the error log %.700s says nothing about it",
			       run->log.path);
	(void)report_in_time(run, run->fault, time, sizeof(time));
	say_event(
		SAY_ERROR, "undone", fields,
		"the handover failed (%s%s%s) and was undone: master %d serves with %u workers%s%s%s",
		fault_text(run->fault), time, why, old, workers, back, target,
		*time && !run->pipe[0] ? TIME_ADVICE : "");
	say_remains(run);
}

static void end_draining(const struct run *run)
{
	struct say_field fields[] = {
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		{"new_pid", NULL, (uint64_t)run->world.new.subject.process.pid},
		{NULL, NULL, 0}};

	say_event(
		SAY_WARNING, "draining", fields,
		"handed over to master %d; of the old generation (master %d) %u workers still finish their clients. It leaves by itself when they have; \"nginx-handover status\" shows it, \"nginx-handover stop\" would end both",
		(int)run->world.new.subject.process.pid, (int)run->world.old.subject.process.pid,
		run->facts.old.leaving + run->facts.old.orphans);
}

static void end_stuck(const struct run *run)
{
	const struct facts *f = &run->facts;
	struct facts stands = *f;
	char old[96];
	char new[96];
	char why[160] = "";
	enum fault fault = run->late_fault != FAULT_NONE ? run->late_fault : run->fault;
	struct say_field fields[] = {
		{"fault", fault_text(fault), 0},
		{"phase", phase_word(run->phase), 0},
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		{"new_pid", NULL, (uint64_t)run->world.new.subject.process.pid},
		{NULL, NULL, 0}};

	/* What this run has sent need not show yet. */
	stands.closing = f->closing || run->phase == PHASE_CLOSING;
	describe("old master", run->world.old.subject.process.pid, &f->old, old, sizeof(old));
	describe("new master", run->world.new.subject.process.pid, &f->new, new, sizeof(new));
	if (fault == FAULT_ACTION)
		say(SAY_ERROR, "%s: %s", action_text(run->failed_action),
		    strerror(-run->act_error));
	if (fault == FAULT_UNSEEN)
		(void)unseen_because(run, why, sizeof(why));
	if (!f->old.alive && !f->new.alive) {
		say(SAY_ERROR, "%s. Start it: \"nginx-handover start\"",
		    fault_text(FAULT_ALL_GONE));
		return;
	}
	say_event(
		SAY_ERROR, "stuck", fields,
		"stopped in phase %s (%s): %s%s. Nothing more was signalled. What stands:%s%s. Look at the error log %s. %s",
		phase_word(run->phase), phase_text(run->phase), fault_text(fault), why, old, new,
		run->log.path, report_way_on(&stands));
}

static void say_done(const struct run *run)
{
	uint64_t driven_us = clock_us() - run->began_us;
	uint64_t alone_us = run->serves_alone_us ? run->serves_alone_us - run->began_us : 0;
	struct say_field fields[] = {
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		{"new_pid", NULL, (uint64_t)run->world.new.subject.process.pid},
		{"old_version", run->old_version[0] ? run->old_version : "unknown", 0},
		{"new_version", run->new_version[0] ? run->new_version : "unknown", 0},
		{"driven_us", NULL, driven_us},
		{"alone_us", NULL, alone_us},
		{NULL, NULL, 0},
	};
	char total[32];
	char alone[32];

	say_event(SAY_NOTICE, "done", fields,
		  "done in %s: master %d serves with %u workers, alone since %s after the start",
		  duration_text(driven_us, total, sizeof(total)),
		  (int)run->world.new.subject.process.pid, run->facts.new.accepting,
		  duration_text(alone_us, alone, sizeof(alone)));
}

const char *report_status(const struct run *run, char *ret, size_t size)
{
	const struct world *w = &run->world;
	bool new_serves = run->facts.new.accepting && run->phase >= PHASE_SHIFTED;
	const struct generation *g = new_serves ? &w->new : &w->old;
	const struct generation *other = new_serves ? &w->old : &w->new;
	const struct generation_facts *f = new_serves ? &run->facts.new : &run->facts.old;
	const struct generation_facts *rest = new_serves ? &run->facts.old : &run->facts.new;
	const char *version = new_serves ? run->new_version : run->old_version;
	int n;

	if (!f->alive) {
		(void)snprintf(ret, size, "nginx is stopped");
		return ret;
	}
	n = snprintf(ret, size, "nginx%s%s serves: master %d, %u workers", *version ? " " : "",
		     version, (int)g->subject.process.pid, f->accepting);
	if (rest->alive && n > 0 && (size_t)n < size)
		(void)snprintf(ret + n, size - (size_t)n,
			       "; master %d still drains (%u workers finish their clients)",
			       (int)other->subject.process.pid, rest->leaving);
	return ret;
}

void report_end(const struct run *run)
{
	char total[32];
	char alone[32];

	if (run->ask.goal == GOAL_RELOAD) {
		report_reload_end(run);
		return;
	}
	(void)duration_text(clock_us() - run->began_us, total, sizeof(total));
	switch (run->outcome) {
	case OUTCOME_DONE:
		(void)duration_text(run->serves_alone_us ? run->serves_alone_us - run->began_us : 0,
				    alone, sizeof(alone));
		say_done(run);
		break;
	case OUTCOME_NOTHING:
		say(SAY_NOTICE, "there is no unfinished handover; nothing was done");
		break;
	case OUTCOME_DRAINING: end_draining(run); break;
	case OUTCOME_UNDONE: end_undone(run); break;
	case OUTCOME_STOPPED:
		say(SAY_NOTICE, "nginx is stopped (%s)%s", total,
		    run->fault == FAULT_STOP_ASKED
			    ? ", as the init system wanted; the handover was given up"
			    : "");
		break;
	case OUTCOME_STUCK: end_stuck(run); break;
	default: break;
	}
}

void report_intruder(const struct world *w)
{
	static pid_t said; /* a command that is made of others looks more than once */
	const struct intruder *i = &w->intruder;
	struct say_field fields[] = {{"pid", NULL, (uint64_t)i->pid},
				     {"uid", NULL, i->uid},
				     {"image", i->image, 0},
				     {NULL, NULL, 0}};

	if (i->pid && i->pid != said)
		say_event(
			SAY_WARNING, "intrusion", fields,
			"intrusion: process %d of uid %u, a child of nginx's master, executes %s, and nginx's workers execute nothing. It is not followed. What to do: look at it with \"ls -l /proc/%d/exe\" before you end it",
			(int)i->pid, (unsigned)i->uid, i->image, (int)i->pid);
	said = i->pid;
}
