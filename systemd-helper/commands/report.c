/* What is printed at the end of a handover: the state of the service, and what to do next. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/report_private.h"
#include "commands/report_quic.h"
#include "commands/report_wait.h"
#include "core/cut.h"
#include "core/decide.h"
#include "core/drain.h"
#include "core/facts.h"
#include "core/fault.h"
#include "core/met.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/clients.h"
#include "nginx/master.h"
#include "os/clock.h"
#include "os/duration.h"
#include "ui/say.h"

enum { CUT_SIZE = 768 };

#define TIME_ADVICE ". What to do: if it only needs longer, give it that with --start-timeout"

const char *report_way_on(const struct facts *f)
{
	if (!f->old.alive)
		return "\"nginx-handover status\" shows what serves; there is no old generation to go back to";
	if (f->closing)
		return "The old master has had QUIT: \"nginx-handover finish\" waits for its end, and after that \"nginx-handover rollback\" hands over to the build that served before";
	return "Run \"nginx-handover finish\" to go on to the new generation, or \"nginx-handover rollback\" to go back";
}

/* Prints what is left of the new generation after an undo. */
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

/* How many clients may have met the new generation before it was undone: "; for 130 ms the new
 * generation accepted ..."; "": none. */
static const char *met_text(const struct run *run, char *ret, size_t size)
{
	const struct met *m = &run->met;
	char took[32];
	int n;

	ret[0] = '\0';
	if (!m->took_us)
		return ret;
	n = snprintf(ret, size, "; for %s the new generation accepted clients",
		     duration_text(m->took_us, took, sizeof(took)));
	if (m->counted && n > 0 && (size_t)n < size)
		(void)snprintf(
			ret + n, size - (size_t)n,
			", and %llu TCP connection%s made here in that time, those of the probes among them",
			(unsigned long long)m->opens, m->opens == 1 ? " was" : "s were");
	return ret;
}

static void end_undone(const struct run *run)
{
	struct say_field fields[] = {
		{"fault", fault_text(run->fault), 0},
		{"phase", phase_word(run->phase), 0},
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		REPORT_CUT_FIELDS(run),
		{run->met.took_us ? "met_us" : NULL, NULL, run->met.took_us},
		{run->met.counted && run->met.took_us ? "met_connections" : NULL, NULL,
		 run->met.opens},
		{NULL, NULL, 0}};
	int old = (int)run->world.old.subject.process.pid;
	unsigned workers = run->facts.old.accepting;
	const char *back = run->ask.restore_binary ? ", the old binary is back at " : "";
	const char *target = run->ask.restore_binary
				     ? master_own_path(&run->world.old_master, run->world.target)
				     : "";
	char why[800];
	char time[96];
	char met[160];
	char cut[CUT_SIZE];

	(void)report_cut(run, REPORT_AS_ASKED, cut, sizeof(cut));
	if (run->fault == FAULT_ACTION && run->failed_action == ACT_INSTALL) {
		say(SAY_ERROR,
		    "nothing was signalled and nothing was changed; master %d serves as before. What to do: fix what is reported above, then try again",
		    old);
		return;
	}
	if (run->fault == FAULT_NONE || run->fault == FAULT_NEW_STAYS) {
		say_event(report_cut_level(run, SAY_NOTICE), "rolled_back", fields,
			  "rolled back, as asked: master %d serves with %u workers%s%s%s", old,
			  workers, back, target, cut);
		say_remains(run);
		return;
	}
	/* The log is read as late as possible: nginx may log the end of its child after we see it.
	 */
	(void)report_cause(run, run->fault, why, sizeof(why));
	if (!*why && run->fault != FAULT_INTERRUPTED)
		(void)snprintf(why, sizeof(why), "; the error log %.700s says nothing about it",
			       run->log.path);
	(void)report_in_time(run, run->fault, time, sizeof(time));
	say_event(
		SAY_ERROR, "undone", fields,
		"the handover failed (%s%s%s) and was undone: master %d serves with %u workers%s%s%s%s%s",
		fault_text(run->fault), time, why, old, workers, back, target, cut,
		met_text(run, met, sizeof(met)), *time && !run->pipe[0] ? TIME_ADVICE : "");
	say_remains(run);
}

static void end_draining(const struct run *run)
{
	unsigned left = clients_sum(&run->cut.last);
	char peer[CLIENT_TEXT];
	struct say_field fields[] = {
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		{"new_pid", NULL, (uint64_t)run->world.new.subject.process.pid},
		{"connections", NULL, left},
		REPORT_CUT_FIELDS(run),
		{run->cut.last.oldest.known ? "oldest_peer" : NULL,
		 client_peer(&run->cut.last.oldest, peer, sizeof(peer)), 0},
		{"oldest_age_us", NULL, drain_age_us(run, &run->cut.last.oldest)},
		{NULL, NULL, 0}};
	char connections[48] = "";
	char cut[CUT_SIZE];
	char oldest[256];

	(void)report_client(run, &run->cut.last.oldest, oldest, sizeof(oldest));
	if (left)
		(void)snprintf(connections, sizeof(connections), " (%u connection%s)", left,
			       left == 1 ? "" : "s");
	say_event(
		SAY_WARNING, "draining", fields,
		"handed over to master %d; of the old generation (master %d) %u workers still finish their clients%s%s%s%s. It leaves by itself when they have; \"nginx-handover status\" shows it. What to do where that is never: \"nginx-handover finish --drain-timeout 0 --drain-expired term\" cuts them off",
		(int)run->world.new.subject.process.pid, (int)run->world.old.subject.process.pid,
		run->facts.old.leaving + run->facts.old.orphans, connections,
		report_cut(run, REPORT_AS_ASKED, cut, sizeof(cut)),
		*oldest ? ". What it waits for: the oldest is " : "", oldest);
}

static void end_held(const struct run *run)
{
	struct say_field fields[] = {
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		{"new_pid", NULL, (uint64_t)run->world.new.subject.process.pid},
		REPORT_CUT_FIELDS(run),
		{NULL, NULL, 0}};
	char cut[CUT_SIZE];

	say_event(
		report_cut_level(run, SAY_NOTICE), "held", fields,
		"held: master %d serves alone with %u workers, and old master %d waits as the way back%s. \"nginx-handover rollback\" goes back to it at once, \"nginx-handover finish\" ends it",
		(int)run->world.new.subject.process.pid, run->facts.new.accepting,
		(int)run->world.old.subject.process.pid,
		report_cut(run, REPORT_AS_ASKED, cut, sizeof(cut)));
}

static void end_stuck(const struct run *run)
{
	const struct facts *f = &run->facts;
	struct facts stands = *f;
	char old[96];
	char new[96];
	char why[160] = "";
	char cut[CUT_SIZE];
	enum fault fault = run->late_fault != FAULT_NONE ? run->late_fault : run->fault;
	struct say_field fields[] = {
		{"fault", fault_text(fault), 0},
		{"phase", phase_word(run->phase), 0},
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		{"new_pid", NULL, (uint64_t)run->world.new.subject.process.pid},
		REPORT_CUT_FIELDS(run),
		{NULL, NULL, 0}};

	/* The QUIT that this run has sent may not be visible yet. */
	stands.closing = f->closing || run->phase == PHASE_CLOSING;
	report_describe("old master", run->world.old.subject.process.pid, &f->old, old,
			sizeof(old));
	report_describe("new master", run->world.new.subject.process.pid, &f->new, new,
			sizeof(new));
	if (fault == FAULT_ACTION)
		say(SAY_ERROR, "%s: %s", action_text(run->failed_action),
		    strerror(-run->act_error));
	if (fault == FAULT_UNSEEN)
		(void)report_unseen(run, why, sizeof(why));
	if (!f->old.alive && !f->new.alive) {
		say(SAY_ERROR, "%s. Start it: \"nginx-handover start\"",
		    fault_text(FAULT_ALL_GONE));
		return;
	}
	say_event(
		SAY_ERROR, "stuck", fields,
		"stopped in phase %s (%s): %s%s%s. Nothing more was signalled. State:%s%s. Look at the error log %s. %s",
		phase_word(run->phase), phase_text(run->phase), fault_text(fault), why,
		report_cut(run, REPORT_AS_ASKED, cut, sizeof(cut)), old, new, run->log.path,
		report_way_on(&stands));
}

/* Until the old generation ended by itself: not by TERM, nor by worker_shutdown_timeout. */
bool report_led(const struct run *run)
{
	uint64_t drained_us = run->passed_us[PHASE_SHIFTED] + run->passed_us[PHASE_CLOSING];

	return run->led && !run->history.acted_us[ACT_TERM_OLD] &&
	       (!run->cut.shutdown_us || drained_us < run->cut.shutdown_us);
}

bool report_lossless(const struct run *run)
{
	return !cut_any(&run->cut) && !run->unread.unread && (!run->quic || report_led(run));
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
		REPORT_CUT_FIELDS(run),
		{NULL, NULL, 0},
	};
	char total[32];
	char alone[32];
	char cut[CUT_SIZE];
	bool any = !report_lossless(run);

	say_event(report_cut_level(run, SAY_NOTICE), any ? "handed_over" : "done", fields,
		  "%s in %s: master %d serves with %u workers, alone since %s after the start%s%s",
		  any ? "handed over" : "done", duration_text(driven_us, total, sizeof(total)),
		  (int)run->world.new.subject.process.pid, run->facts.new.accepting,
		  duration_text(alone_us, alone, sizeof(alone)),
		  report_cut(run, REPORT_AS_ASKED, cut, sizeof(cut)),
		  run->quic && !report_led(run)
			  ? "; how many connections of HTTP/3 were lost cannot be seen from outside"
			  : "");
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
	if (run->outcome == OUTCOME_HELD && n > 0 && (size_t)n < size)
		(void)snprintf(ret + n, size - (size_t)n, "; master %d is held as the way back",
			       (int)other->subject.process.pid);
	else if (rest->alive && n > 0 && (size_t)n < size)
		(void)snprintf(ret + n, size - (size_t)n,
			       "; master %d still drains (%u workers finish their clients)",
			       (int)other->subject.process.pid, rest->leaving);
	return ret;
}

static void end_stopped(const struct run *run)
{
	uint64_t took_us = clock_us() - run->began_us;
	struct say_field fields[] = {
		{"duration_us", NULL, took_us}, REPORT_CUT_FIELDS(run), {NULL, NULL, 0}};
	char total[32];
	char cut[CUT_SIZE];

	say_event(report_cut_level(run, SAY_NOTICE), "stopped", fields, "nginx is stopped (%s)%s%s",
		  duration_text(took_us, total, sizeof(total)),
		  run->fault == FAULT_STOP_ASKED
			  ? ", as the init system wanted; the handover was given up"
			  : "",
		  report_cut(run, REPORT_AS_ASKED, cut, sizeof(cut)));
}

void report_end(const struct run *run)
{
	if (run->ask.goal == GOAL_RELOAD) {
		report_reload_end(run);
		return;
	}
	switch (run->outcome) {
	case OUTCOME_DONE:
		say_done(run);
		report_quic_end(run);
		break;
	case OUTCOME_NOTHING:
		say(SAY_NOTICE, "there is no unfinished handover%s",
		    run->healed.healed ? "" : "; nothing was done");
		report_quic_healed(&run->healed);
		break;
	case OUTCOME_DRAINING:
		end_draining(run);
		report_quic_end(run);
		break;
	case OUTCOME_HELD: end_held(run); break;
	case OUTCOME_UNDONE:
		end_undone(run);
		report_quic_healed(&run->healed);
		break;
	case OUTCOME_STOPPED: end_stopped(run); break;
	case OUTCOME_STUCK: end_stuck(run); break;
	default: break;
	}
}

/* The intruder that was printed. It belongs to the process, not to a session: a restart has several
 * sessions, and "status --watch" looks again and again. */
static pid_t said;

void report_intruder(const struct world *w)
{
	const struct intruder *i = &w->intruder;
	struct say_field fields[] = {{"pid", NULL, (uint64_t)i->pid},
				     {"uid", NULL, i->uid},
				     {"image", i->image, 0},
				     {NULL, NULL, 0}};

	if (i->pid && i->pid != said)
		say_event(
			SAY_WARNING, "intrusion", fields,
			"intrusion: process %d of uid %u, a child of nginx's master, executes %s, and nginx's workers execute nothing. It is not counted as a part of nginx. What to do: look at it with \"ls -l /proc/%d/exe\" before you end it",
			(int)i->pid, (unsigned)i->uid, i->image, (int)i->pid);
	said = i->pid;
}
