/* Writes handovers to the history: an entry when one begins, and how it ended. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/history.h"
#include "commands/history_entry.h"
#include "commands/session.h"
#include "core/decide.h"
#include "core/handovers.h"
#include "core/handovers_file.h"
#include "core/observe.h"
#include "core/trace.h"
#include "nginx/builds.h"
#include "nginx/install.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/moment.h"
#include "trust/path.h"
#include "trust/subject.h"
#include "ui/say.h"

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
	history_fill_who(s, &one);
	one.result = HANDOVER_BEGUN;
	if (s->run.ask.hold_us)
		one.held_until = one.seconds + s->run.ask.hold_us / USEC_PER_SEC + 2;
	history_fill_versions(s, &one);
	s->begun = add_begun(h, &one);
	free(h);
}

void history_note(struct session *s, int code)
{
	struct handover one;

	if (history_is_handover(s)) {
		history_fill_ended(s, code, &one);
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
	history_fill_who(s, one);
	one->result = HANDOVER_BEGUN;
	history_fill_versions(s, one);
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
