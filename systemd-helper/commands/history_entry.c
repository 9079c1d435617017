/* What stands in an entry of the history: who asked, which versions, how it ended and why. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/history_entry.h"
#include "commands/record.h"
#include "commands/report_private.h"
#include "commands/session.h"
#include "core/decide.h"
#include "core/fault.h"
#include "core/handovers.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/builds.h"
#include "nginx/served.h"
#include "os/moment.h"
#include "os/sha256.h"
#include "trust/path.h"
#include "trust/subject.h"

bool history_is_handover(const struct session *s)
{
	const struct run *run = &s->run;
	size_t i;

	if (run->ask.goal == GOAL_RELOAD || s->asked_goal == GOAL_STOP ||
	    run->outcome == OUTCOME_NOTHING)
		return false;
	if (run->outcome == OUTCOME_DONE || run->outcome == OUTCOME_DRAINING ||
	    run->outcome == OUTCOME_HELD)
		return true;
	for (i = 0; i < ACT_COUNT; i++) {
		if (run->history.acted_us[i])
			return true;
	}
	return false;
}

/* Whether it ended as was asked. An undo is no failure where it was asked for. */
static bool is_as_asked(const struct session *s)
{
	return s->asked_goal == GOAL_BACK &&
	       (s->run.fault == FAULT_NONE || s->run.fault == FAULT_NEW_STAYS);
}

static enum handover_result result_of(const struct session *s)
{
	switch (s->run.outcome) {
	case OUTCOME_DONE: return report_lossless(&s->run) ? HANDOVER_DONE : HANDOVER_HANDED_OVER;
	case OUTCOME_DRAINING: return HANDOVER_DRAINING;
	case OUTCOME_HELD: return HANDOVER_HELD;
	case OUTCOME_UNDONE: return is_as_asked(s) ? HANDOVER_ROLLED_BACK : HANDOVER_UNDONE;
	case OUTCOME_STOPPED: return HANDOVER_STOPPED;
	default: return HANDOVER_STUCK;
	}
}

/* Looks the version of what a process executes up in the record of builds that served. Leaves *ret
 * alone where that is known already, or the record does not have it. */
static void recorded_version(struct served *served, const struct subject *subject, char *ret,
			     size_t size)
{
	struct digest digest;
	uint64_t length;
	int i;

	if (*ret || subject->image < 0 ||
	    builds_digest(served, subject->image, true, &digest, &length) < 0)
		return;
	i = served_last_of(served, &digest);
	if (i >= 0)
		(void)snprintf(ret, size, "%s", served->list[i].version);
}

/* Fills in the versions that are still unknown, from the record. */
static void fill_from_record(const struct world *w, const struct builds *b, struct handover *one)
{
	struct served *served = malloc(sizeof(*served));
	char path[PATH_MAX];
	struct distrust why;

	if (!served)
		return;
	(void)served_load(b, served, path, &why);
	recorded_version(served, &w->old_master.subject, one->from, sizeof(one->from));
	recorded_version(served, &w->new.subject, one->to, sizeof(one->to));
	free(served);
}

void history_fill_versions(const struct session *s, struct handover *one)
{
	const struct run *run = &s->run;
	const struct world *w = &run->world;
	struct builds b;

	(void)snprintf(one->from, sizeof(one->from), "%.64s", run->old_version);
	(void)snprintf(one->to, sizeof(one->to), "%.64s", run->new_version);
	if (builds_of(&w->old_master, &w->believed, &b) < 0)
		return;
	(void)snprintf(one->path, sizeof(one->path), "%.511s", b.name);
	if (!*one->from || !*one->to)
		fill_from_record(w, &b, one);
}

static void fill_reason(const struct run *run, struct handover *one)
{
	enum fault fault = run->late_fault != FAULT_NONE ? run->late_fault : run->fault;
	char cause[768];

	if (fault != FAULT_NONE)
		(void)snprintf(one->reason, sizeof(one->reason), "%s%.640s", fault_text(fault),
			       report_cause(run, fault, cause, sizeof(cause)));
}

void history_fill_who(const struct session *s, struct handover *one)
{
	memset(one, 0, sizeof(*one));
	one->seconds = moment_now();
	one->uid = record_who_asks();
	one->old_pid = (uint64_t)s->run.world.old.subject.process.pid;
	one->new_pid = (uint64_t)s->run.world.new.subject.process.pid;
	(void)snprintf(one->verb, sizeof(one->verb), "%s", s->verb);
}

void history_fill_ended(const struct session *s, int code, struct handover *one)
{
	const struct run *run = &s->run;
	size_t i;

	history_fill_who(s, one);
	one->result = result_of(s);
	one->code = is_as_asked(s) && run->fault == FAULT_NONE ? 0 : (uint64_t)code;
	one->until_alone_us = run->serves_alone_us ? run->serves_alone_us - run->began_us : 0;
	one->cut = report_cut_count(run);
	for (i = 0; i < PHASE_COUNT; i++) {
		one->passed_us[i] = run->passed_us[i];
		one->took_us += run->passed_us[i];
	}
	one->held_until = one->result == HANDOVER_HELD ? s->held_until_s : 0;
	history_fill_versions(s, one);
	if (!is_as_asked(s))
		fill_reason(run, one);
}
