/* What a run adds to the history. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands/history.h"
#include "commands/record.h"
#include "commands/report.h"
#include "core/handovers_file.h"
#include "core/preflight.h"

/* Nothing of a handover was done, or it was none. */
static bool is_handover(const struct session *s)
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

/* An undo that was asked for is no failure. */
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

/* By its bytes, as the record of builds that served has them. */
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

static void fill_versions(const struct session *s, struct handover *one)
{
	static struct served served;
	static struct builds b;
	const struct run *run = &s->run;
	const struct world *w = &run->world;
	char path[PATH_MAX];
	struct distrust why;

	(void)snprintf(one->from, sizeof(one->from), "%.64s", run->old_version);
	(void)snprintf(one->to, sizeof(one->to), "%.64s", run->new_version);
	if (builds_of(&w->old_master, &w->believed, &b) < 0)
		return;
	(void)snprintf(one->path, sizeof(one->path), "%.511s", b.name);
	if (*one->from && *one->to)
		return;
	(void)served_load(&b, &served, path, &why);
	recorded_version(&served, &w->old_master.subject, one->from, sizeof(one->from));
	recorded_version(&served, &w->new.subject, one->to, sizeof(one->to));
}

static void fill_reason(const struct run *run, struct handover *one)
{
	enum fault fault = run->late_fault != FAULT_NONE ? run->late_fault : run->fault;
	char cause[400];
	bool told;

	if (fault == FAULT_NONE)
		return;
	told = run->log.fd >= 0 && run_cause(run, cause, sizeof(cause));
	(void)snprintf(one->reason, sizeof(one->reason), "%s%s%s", fault_text(fault),
		       told ? ": " : "", told ? cause : "");
}

static void fill(const struct session *s, int code, struct handover *one)
{
	const struct run *run = &s->run;
	time_t now = time(NULL);
	size_t i;

	memset(one, 0, sizeof(*one));
	one->result = result_of(s);
	one->code = is_as_asked(s) && run->fault == FAULT_NONE ? 0 : (uint64_t)code;
	one->seconds = now < 0 ? 0 : (uint64_t)now;
	one->uid = record_who_asks();
	one->old_pid = (uint64_t)run->world.old.subject.process.pid;
	one->new_pid = (uint64_t)run->world.new.subject.process.pid;
	one->until_alone_us = run->serves_alone_us ? run->serves_alone_us - run->began_us : 0;
	one->cut = report_cut_count(run);
	for (i = 0; i < PHASE_COUNT; i++) {
		one->passed_us[i] = run->passed_us[i];
		one->took_us += run->passed_us[i];
	}
	(void)snprintf(one->verb, sizeof(one->verb), "%s", s->verb);
	fill_versions(s, one);
	if (!is_as_asked(s))
		fill_reason(run, one);
}

/* That of the number that comes next: an entry says that it has one only when it has. */
static bool keep_trace(const struct session *s, const struct builds *at, uint64_t number)
{
	size_t length;
	char *text;
	int r = trace_text(s->run.trace, &text, &length);

	if (r < 0)
		return false;
	r = handovers_store_trace(at, number, text, length);
	free(text);
	return r == 0;
}

static void say_unwritten(const char *path, const char *reason)
{
	say(SAY_WARNING, "this handover is not in the history (%s): %s. Nothing else depends on it",
	    path, reason);
}

/* one gets its number. */
static void store(const struct session *s, struct handover *one)
{
	static struct handovers h; /* large */
	static struct builds at;
	struct install_error failed;
	struct distrust why;
	char path[2 * PATH_MAX];
	int r = handovers_at(s->site.pid_path, &s->run.world.believed, &at);

	if (r < 0) {
		say_unwritten(s->site.pid_path, strerror(-r));
		return;
	}
	r = handovers_load(&at, &h, path, &why);
	if (r < 0 && r != -ENOENT)
		history_say_unused(path, r, &why);
	one->trace = keep_trace(s, &at, h.count ? h.list[h.count - 1].number + 1 : 1);
	one->number = handovers_add(&h, one);
	r = handovers_store(&at, &h, &failed);
	if (r < 0)
		say_unwritten(failed.path, install_error_reason(&failed, r, path, sizeof(path)));
}

void history_note(struct session *s, int code)
{
	static struct handover one;

	if (!is_handover(s))
		return;
	fill(s, code, &one);
	store(s, &one);
	history_say(&one, false);
}
