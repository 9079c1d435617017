/* finish and rollback: complete or undo a handover that is under way, or was interrupted. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/hold.h"
#include "commands/keep.h"
#include "commands/probing.h"
#include "commands/put_back.h"
#include "commands/record.h"
#include "commands/report.h"
#include "commands/resume.h"
#include "commands/rollback.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "commands/upgrade.h"
#include "core/act.h"
#include "core/decide.h"
#include "core/fault.h"
#include "core/look_http3.h"
#include "core/observe.h"
#include "core/problems.h"
#include "nginx/master.h"
#include "nginx/quic_sockets.h"
#include "os/exit_code.h"
#include "os/file_id.h"
#include "ui/say.h"

static bool target_is_running(const struct session *s)
{
	struct file_id at_path;

	return file_id_of(s->run.world.target, &at_path) == 0 &&
	       file_id_equal(&at_path, &s->run.world.old_master.subject.image_id);
}

/* An earlier run was killed after it had installed the new binary, and before USR2. */
static bool stands_before_usr2(struct session *s)
{
	struct world *w = &s->run.world;

	if (world_unfinished(&s->run.facts) || s->run.facts.quitting ||
	    master_binary(&w->old_master, w->target) < 0)
		return false;
	return access(w->target, F_OK) == 0 && !target_is_running(s);
}

/* By the UDP sockets that both generations read: this run has read no configuration that would
 * tell. */
static bool serves_http3(const struct world *w)
{
	struct quic_contested c = {0, ""};

	return generation_contested(&w->new, &w->old, &c) == 0 && c.count;
}

/* Refuses a probe that cannot be executed, before anything is done. 0, or the exit code. */
static int vet_probe(struct session *s)
{
	const struct facts *f = &s->run.facts;
	int r;

	problems_clear(&s->problems);
	if (!f->old.alive || !f->new.alive || f->closing || probing_check(s, &s->problems))
		return 0;
	r = problems_say(&s->problems);
	say(SAY_ERROR, "nothing was done. %s", report_way_on(f));
	return r;
}

int resume_forward(struct session *s)
{
	int r;

	if (stands_before_usr2(s)) {
		say(SAY_NOTICE,
		    "no new master was started yet, and %s is not the binary of master %d: handing over to it",
		    s->run.world.target, (int)s->run.world.old.subject.process.pid);
		return upgrade_in_session(s);
	}
	r = vet_probe(s);
	if (r)
		return r;
	s->run.world.target[0] = '\0';
	if (world_unfinished(&s->run.facts) && s->run.facts.old.alive && s->run.facts.new.alive)
		keep_what_serves(s);
	s->run.quic = serves_http3(&s->run.world);
	s->run.ask.goal = GOAL_FORWARD;
	probing_ask(s, NULL);
	r = session_drive(s);
	record_outcome(s, "finish", NULL);
	return r;
}

static int finish_command(struct session *s, const struct settings *settings)
{
	int r = session_find(s, settings);

	if (r)
		return r;
	if (at_work_go_on(s, "finish", &r)) {
		session_end(s);
		return r;
	}
	r = session_look(s);
	if (r)
		return r;
	return session_conclude(s, resume_forward(s));
}

int command_finish(const struct settings *settings)
{
	if (settings->held_until)
		return hold_watch(settings);
	return session_with(settings, finish_command);
}

static int refuse_too_late(const struct session *s)
{
	say(SAY_ERROR,
	    "too late: old master %d has already had QUIT and cannot come back. Nothing was done; \"nginx-handover finish\" waits for its end, then \"nginx-handover rollback\" hands over to the build that served before",
	    (int)s->run.world.old.subject.process.pid);
	return EXIT_REFUSED;
}

/*
 * The old master waits without workers. HUP brings them back in milliseconds, so it is sent first,
 * before anything is recorded or kept. decide() treats it as the HUP of an earlier run.
 */
static void hup_old_first(struct session *s)
{
	const struct facts *f = &s->run.facts;

	if (!f->old.alive || !f->old.idle || !f->new.alive || f->old.accepting || f->old.starting)
		return;
	/* Before HUP: if this run were killed now, the watcher would take the old workers for a
	 * mistake. */
	hold_dismiss(s);
	(void)act(&s->run, ACT_HUP_OLD);
}

int resume_back(struct session *s)
{
	const struct settings *settings = s->settings;
	int r;

	if (settings->to) {
		say(SAY_ERROR,
		    "a handover is under way, and --to is for when none is. Nothing was done. What to do: \"nginx-handover rollback\" without --to goes back to old master %d first",
		    (int)s->run.world.old.subject.process.pid);
		return EXIT_UNFINISHED;
	}
	if (s->run.facts.closing)
		return refuse_too_late(s);
	if (!settings->dry_run) {
		hup_old_first(s);
		if (!record_knows(s))
			record_found(s, NULL);
	}
	rollback_prepare_path(s);
	if (settings->dry_run) {
		struct say_field fields[] = {{"what", "turn_back", 0}, {NULL, NULL, 0}};

		say_event(
			SAY_NOTICE, "would", fields,
			"a handover is under way: it would be turned back to old master %d, and new master %d would be ended",
			(int)s->run.world.old.subject.process.pid,
			(int)s->run.world.new.subject.process.pid);
		return 0;
	}
	s->run.ask.goal = GOAL_BACK;
	r = session_drive(s);
	if (s->run.outcome == OUTCOME_UNDONE) {
		record_back(s);
		(void)put_back_modules(s);
	}
	/* The user asked for the undo, so it is a success. */
	if (s->run.outcome == OUTCOME_UNDONE && s->run.fault == FAULT_NONE)
		return 0;
	if (s->run.outcome == OUTCOME_UNDONE && s->run.fault == FAULT_NEW_STAYS)
		return EXIT_DRAINING;
	return r;
}

static int rollback_with_plan(struct session *s, const struct settings *settings,
			      struct rollback_plan *plan)
{
	int r = session_find(s, settings);

	if (r)
		return r;
	/* Only a rollback without these options turns another run back. */
	if (settings->dry_run || settings->to) {
		r = session_take(s, "rollback", 0);
	} else if (at_work_turn_back(s, "rollback", &r)) {
		session_end(s);
		return r;
	}
	if (!r)
		r = session_look(s);
	if (r)
		return r;
	r = world_unfinished(&s->run.facts) ? resume_back(s) : rollback_alone(s, plan);
	if (!plan->ready)
		return session_conclude(s, r);
	session_end(s);
	return rollback_restart_now(plan);
}

static int rollback_command(struct session *s, const struct settings *settings)
{
	struct rollback_plan *plan = storage_new(sizeof(*plan));
	int r;

	if (!plan)
		return EXIT_FAILED;
	r = rollback_with_plan(s, settings, plan);
	free(plan);
	return r;
}

int command_rollback(const struct settings *settings)
{
	return session_with(settings, rollback_command);
}
