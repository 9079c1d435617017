/* Writes handovers to the history: an entry when one begins, and how it ended. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/history.h"
#include "commands/record.h"
#include "commands/report_private.h"
#include "core/handovers_file.h"
#include "core/observe.h"
#include "core/preflight.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/moment.h"

/* A history in memory, and where its file is. */
struct history_file {
	struct builds at;
	struct handovers list;
};

/*
 * Prepares the history of this nginx, not read yet. The caller frees *ret, which is NULL after a
 * failure. 0 or -errno.
 */
static int history_of(const struct session *s, struct history_file **ret)
{
	struct history_file *h = malloc(sizeof(*h));
	int r = h ? handovers_at(s->site.pid_path, &s->run.world.believed, &h->at) : -ENOMEM;

	if (r < 0) {
		free(h);
		h = NULL;
	}
	*ret = h;
	return r;
}

/* Reads it. 0, or -errno: the list is empty. */
static int read_history(struct history_file *h)
{
	struct distrust why;
	char path[PATH_MAX];

	return handovers_load(&h->at, &h->list, path, &why);
}

/* Reads it, and prints a warning where it cannot be used: then it begins anew. */
static void read_or_warn(struct history_file *h)
{
	struct distrust why;
	char path[PATH_MAX];
	int r = handovers_load(&h->at, &h->list, path, &why);

	if (r < 0 && r != -ENOENT)
		history_say_unused(path, r, &why);
}

/* Whether the run that has ended was a handover and did something. */
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

/* Both versions, and the path of the binary. */
static void fill_versions(const struct session *s, struct handover *one)
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

/* Who asked for what, and when. All else becomes 0. */
static void fill_who(const struct session *s, struct handover *one)
{
	memset(one, 0, sizeof(*one));
	one->seconds = moment_now();
	one->uid = record_who_asks();
	one->old_pid = (uint64_t)s->run.world.old.subject.process.pid;
	one->new_pid = (uint64_t)s->run.world.new.subject.process.pid;
	(void)snprintf(one->verb, sizeof(one->verb), "%s", s->verb);
}

/* The whole entry of a handover that has ended with this code. */
static void fill_ended(const struct session *s, int code, struct handover *one)
{
	const struct run *run = &s->run;
	size_t i;

	fill_who(s, one);
	one->result = result_of(s);
	one->code = is_as_asked(s) && run->fault == FAULT_NONE ? 0 : (uint64_t)code;
	one->until_alone_us = run->serves_alone_us ? run->serves_alone_us - run->began_us : 0;
	one->cut = report_cut_count(run);
	for (i = 0; i < PHASE_COUNT; i++) {
		one->passed_us[i] = run->passed_us[i];
		one->took_us += run->passed_us[i];
	}
	one->held_until = one->result == HANDOVER_HELD ? s->held_until_s : 0;
	fill_versions(s, one);
	if (!is_as_asked(s))
		fill_reason(run, one);
}

/* Writes the trace of the handover with this number, before its entry. Whether it is there: the
 * entry says so. */
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

static void write_history(const struct history_file *h)
{
	char reason[INSTALL_REASON_SIZE];
	struct install_error failed;
	int r = handovers_store(&h->at, &h->list, &failed);

	if (r < 0)
		say_unwritten(failed.path,
			      install_error_reason(&failed, r, reason, sizeof(reason)));
}

/*
 * Writes an entry for a handover that is about to begin. Returns its number, or 0: it could not be
 * written. That is not printed: the end of the handover is written, too, and then it is.
 */
static uint64_t add_begun(struct history_file *h, const struct handover *one)
{
	int r = read_history(h);
	uint64_t number;

	if (r < 0 && r != -ENOENT)
		return 0;
	number = handovers_add(&h->list, one);
	return handovers_store(&h->at, &h->list, NULL) < 0 ? 0 : number;
}

/* Writes how a handover ended: in place of the entry of its begin, else as a new one. */
static void put_ended(struct history_file *h, uint64_t begun, struct handover *one)
{
	if (!handovers_end(&h->list, begun, one))
		one->number = handovers_add(&h->list, one);
	write_history(h);
}

/* Writes the entry and its trace, and fills in its number. */
static void add_ended(const struct session *s, struct handover *one)
{
	struct history_file *h;
	const struct handover *last;
	int r = history_of(s, &h);

	if (r < 0) {
		say_unwritten(s->site.pid_path, strerror(-r));
		return;
	}
	read_or_warn(h);
	last = h->list.count ? &h->list.list[h->list.count - 1] : NULL;
	one->number = last ? last->number + 1 : 1;
	if (last && last->result == HANDOVER_BEGUN && last->number == s->begun)
		one->number = s->begun;
	one->trace = keep_trace(s, &h->at, one->number);
	put_ended(h, s->begun, one);
	free(h);
}

/* Removes the entry of a handover that was begun and came to nothing. */
static void remove_begun(const struct session *s)
{
	struct history_file *h;

	if (history_of(s, &h) < 0)
		return;
	if (read_history(h) == 0 && handovers_end(&h->list, s->begun, NULL))
		(void)handovers_store(&h->at, &h->list, NULL);
	free(h);
}

/* Whether the run that is about to begin will be a handover. */
static bool will_be_handover(const struct session *s)
{
	const struct ask *ask = &s->run.ask;

	/* A hold that only goes on has its entry already. */
	if (ask->goal == GOAL_FORWARD)
		return ask->spawn || (world_unfinished(&s->run.facts) &&
				      !(ask->hold_us && s->settings->held_until));
	return ask->goal == GOAL_BACK;
}

void history_begin(struct session *s)
{
	struct history_file *h;
	struct handover one;

	if (s->begun || !will_be_handover(s) || history_of(s, &h) < 0)
		return;
	fill_who(s, &one);
	one.result = HANDOVER_BEGUN;
	if (s->run.ask.hold_us)
		one.held_until = one.seconds + s->run.ask.hold_us / USEC_PER_SEC + 2;
	fill_versions(s, &one);
	s->begun = add_begun(h, &one);
	free(h);
}

void history_note(struct session *s, int code)
{
	struct handover one;

	if (is_handover(s)) {
		fill_ended(s, code, &one);
		add_ended(s, &one);
		history_say(&one, false);
	} else if (s->begun) {
		remove_begun(s);
	}
	s->begun = 0;
}

void history_restart_begin(struct session *s, const char *version, struct history_restart *ret)
{
	struct handover *one = &ret->one;
	struct history_file *h;

	ret->began_us = clock_us();
	fill_who(s, one);
	one->result = HANDOVER_BEGUN;
	fill_versions(s, one);
	(void)snprintf(one->to, sizeof(one->to), "%.64s", version);
	ret->at.name[0] = '\0';
	if (history_of(s, &h) < 0)
		return;
	ret->at = h->at;
	one->number = add_begun(h, one);
	free(h);
}

static void end_restart(const struct history_restart *r, struct handover *one)
{
	struct history_file *h = malloc(sizeof(*h));

	if (!h) {
		say_unwritten(r->at.name, strerror(ENOMEM));
		return;
	}
	h->at = r->at;
	read_or_warn(h);
	put_ended(h, one->number, one);
	free(h);
}

void history_restart_end(struct history_restart *r, int code)
{
	struct handover *one = &r->one;

	one->result = code ? HANDOVER_STUCK : HANDOVER_RESTARTED;
	one->code = (uint64_t)code;
	one->seconds = moment_now();
	one->took_us = clock_us() - r->began_us;
	if (code)
		(void)snprintf(one->reason, sizeof(one->reason),
			       "the restart of nginx did not complete");
	if (r->at.name[0])
		end_restart(r, one);
	history_say(one, false);
}

/* Whether this entry is the handover between these masters, and was to be held. */
static bool is_held_between(const struct handover *one, pid_t old_pid, pid_t new_pid)
{
	if (!one->held_until || one->old_pid != (uint64_t)old_pid)
		return false;
	/* An entry of a begin need not have the new master, which may have ended, too. */
	return one->result == HANDOVER_BEGUN || new_pid <= 0 || one->new_pid == (uint64_t)new_pid;
}

bool history_was_held(const struct session *s, uint64_t *ret_until_s)
{
	const struct world *w = &s->run.world;
	const struct handover *last;
	struct history_file *h;
	bool held = false;

	if (history_of(s, &h) < 0)
		return false;
	if (read_history(h) == 0 && h->list.count) {
		last = &h->list.list[h->list.count - 1];
		held = is_held_between(last, w->old.subject.process.pid,
				       w->new.subject.process.pid);
		if (held)
			*ret_until_s = last->held_until;
	}
	free(h);
	return held;
}
