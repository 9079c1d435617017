/*
 * What is printed while a run waits. On a terminal one line changes in place. It is never longer
 * than the terminal is wide: a line that wraps cannot be overwritten.
 */
#include <stdint.h>
#include <stdio.h>

#include "commands/report_wait.h"
#include "core/decide.h"
#include "core/drain.h"
#include "core/run.h"
#include "init/init.h"
#include "nginx/clients.h"
#include "os/duration.h"
#include "os/sockets.h"
#include "ui/say.h"

/* In shorter waits the line would only flicker. */
#define LIVE_AFTER_US (200u * USEC_PER_MSEC)

const char *seconds_text(uint64_t us, char *ret, size_t size)
{
	us -= us % USEC_PER_SEC;
	if (us < 60u * USEC_PER_SEC)
		(void)snprintf(ret, size, "%u s", (unsigned)(us / USEC_PER_SEC));
	else
		(void)duration_text(us, ret, size);
	return ret;
}

/* How long this wait may still take. While workers drain it is the time to the end of the drain,
 * also in waits for something else: so that the number only goes down. */
static uint64_t time_left(const struct run *run, const struct decision *d)
{
	uint64_t until_us = d->until_us;

	if (run->ask.goal == GOAL_FORWARD && run->facts.old.leaving &&
	    until_us < drain_deadline_us(&run->ask, &run->history))
		until_us = drain_deadline_us(&run->ask, &run->history);
	return until_us > run->history.now_us ? until_us - run->history.now_us : 0;
}

/* "43 s left" */
static const char *left_text(uint64_t left_us, char *ret, size_t size)
{
	char time[32];

	if (left_us >= DURATION_INFINITY / 2)
		(void)snprintf(ret, size, "no time limit");
	else
		(void)snprintf(ret, size, "%s left", seconds_text(left_us, time, sizeof(time)));
	return ret;
}

static const char *number_text(unsigned n, const char *what, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%u %s%s", n, what, n == 1 ? "" : "s");
	return ret;
}

/* The parts of the lines about a drain. */
struct drain_words {
	char workers[32];     /* "2 workers" */
	char connections[32]; /* "14 connections"; "": not counted yet, or they cannot be */
	char age[32];         /* of the oldest connection; "": unknown */
	char peer[CLIENT_TEXT];
	char left[48];
};

static void fill_words(const struct run *run, const struct decision *d, struct drain_words *ret)
{
	const struct drain *drain = &run->drain;
	const struct client *oldest = &drain->clients.oldest;
	bool counted = drain->counted_us && !drain->clients.error;

	ret->connections[0] = ret->age[0] = '\0';
	(void)number_text(drain->workers, "worker", ret->workers, sizeof(ret->workers));
	if (counted)
		(void)number_text(clients_sum(&drain->clients), "connection", ret->connections,
				  sizeof(ret->connections));
	if (counted && oldest->known)
		(void)seconds_text(drain_age_us(run, oldest), ret->age, sizeof(ret->age));
	(void)client_peer(oldest, ret->peer, sizeof(ret->peer));
	(void)left_text(time_left(run, d), ret->left, sizeof(ret->left));
}

enum { LIVE_SIZE = 320, LIVE_TEXTS = 8 };

/* Offers the line in several lengths, the longest first. */
static void live_drain(const struct run *run, const struct decision *d)
{
	char texts[LIVE_TEXTS][LIVE_SIZE];
	const char *list[LIVE_TEXTS + 1] = {NULL};
	struct drain_words w;
	const char *comma;
	size_t n = 0;
	size_t i;

	fill_words(run, d, &w);
	comma = w.connections[0] ? ", " : "";
	if (w.age[0]) {
		(void)snprintf(texts[n++], LIVE_SIZE,
			       "           draining: %s, %s; oldest %s, from %s; %s", w.workers,
			       w.connections, w.age, w.peer, w.left);
		(void)snprintf(texts[n++], LIVE_SIZE, "draining: %s, %s; oldest %s, from %s; %s",
			       w.workers, w.connections, w.age, w.peer, w.left);
		(void)snprintf(texts[n++], LIVE_SIZE, "%s, %s; oldest %s, %s; %s", w.workers,
			       w.connections, w.age, w.peer, w.left);
		(void)snprintf(texts[n++], LIVE_SIZE, "%s, %s, oldest %s; %s", w.workers,
			       w.connections, w.age, w.left);
	} else {
		(void)snprintf(texts[n++], LIVE_SIZE, "           draining: %s%s%s; %s", w.workers,
			       comma, w.connections, w.left);
	}
	(void)snprintf(texts[n++], LIVE_SIZE, "%s%s%s; %s", w.workers, comma, w.connections,
		       w.left);
	(void)snprintf(texts[n++], LIVE_SIZE, "%s; %s",
		       w.connections[0] ? w.connections : w.workers, w.left);
	(void)snprintf(texts[n++], LIVE_SIZE, "%s", w.left);
	for (i = 0; i < n; i++)
		list[i] = texts[i];
	say_live(list);
}

/* In tenths of a second, so that the line is not drawn anew at every look. */
static void live_step(const struct run *run, const struct decision *d)
{
	const uint64_t tenth_us = 100u * USEC_PER_MSEC;
	const char *what = phase_text(d->phase);
	uint64_t left_us = time_left(run, d);
	char text[LIVE_SIZE], shorter[LIVE_SIZE], time[32];
	const char *list[] = {text, text + 11, shorter, NULL};

	(void)duration_text(left_us - left_us % tenth_us, time, sizeof(time));
	if (run->ask.goal == GOAL_RELOAD)
		what = "the master takes its new configuration";
	(void)snprintf(text, sizeof(text), "           %s: %s, at most %s more",
		       run->ask.goal == GOAL_RELOAD ? "reload" : phase_word(d->phase), what, time);
	(void)snprintf(shorter, sizeof(shorter), "at most %s more", time);
	say_live(list);
}

/* The way back has many short waits, so the line counts up from its begin. */
static void live_back(const struct run *run)
{
	char text[LIVE_SIZE], time[32];
	const char *list[] = {text, text + 11, NULL};

	(void)snprintf(
		text, sizeof(text), "           going back to the old generation: %s",
		seconds_text(run->history.now_us - run->history.began_us, time, sizeof(time)));
	say_live(list);
}

const char *report_client(const struct run *run, const struct client *c, char *ret, size_t size)
{
	char peer[CLIENT_TEXT];
	char time[32];
	int n;

	ret[0] = '\0';
	if (!c->known)
		return ret;
	n = snprintf(ret, size, "from %s", client_peer(c, peer, sizeof(peer)));
	if (c->row.kind == SOCKET_TCP && n > 0 && (size_t)n < size)
		n += snprintf(ret + n, size - (size_t)n, " to port %u", c->row.port);
	if (n > 0 && (size_t)n < size)
		n += snprintf(ret + n, size - (size_t)n, ", at least %s old",
			      seconds_text(drain_age_us(run, c), time, sizeof(time)));
	/* 0 where the kernel does not tell. */
	if (c->row.quiet_us >= USEC_PER_SEC && n > 0 && (size_t)n < size)
		(void)snprintf(ret + n, size - (size_t)n, ", quiet for %s",
			       seconds_text(c->row.quiet_us, time, sizeof(time)));
	return ret;
}

static void say_minute(const struct run *run, const struct decision *d)
{
	const struct drain *drain = &run->drain;
	const struct client *oldest = &drain->clients.oldest;
	char peer[CLIENT_TEXT], what[288];
	struct drain_words w;
	struct say_field fields[] = {
		{"workers", NULL, drain->workers},
		{"left_us", NULL, time_left(run, d)},
		{drain->clients.error ? NULL : "connections", NULL, clients_sum(&drain->clients)},
		{oldest->known ? "oldest_peer" : NULL, client_peer(oldest, peer, sizeof(peer)), 0},
		{"oldest_age_us", NULL, drain_age_us(run, oldest)},
		{NULL, NULL, 0},
	};

	fill_words(run, d, &w);
	(void)report_client(run, oldest, what, sizeof(what));
	say_event_logs(SAY_NOTICE, "drain", fields,
		       "           %s still finish%s clients%s%s%s%s; %s", w.workers,
		       drain->workers == 1 ? "es its" : " their", w.connections[0] ? ": " : "",
		       w.connections, *what ? ", the oldest " : "", what, w.left);
}

/* In whole seconds, so that the init system does not get a new text at every look. */
static void say_status(const struct run *run, const struct decision *d)
{
	static const char *const doing[] = {
		[GOAL_FORWARD] = "Handover",
		[GOAL_BACK] = "Undoing the handover",
		[GOAL_STOP] = "Stopping",
		[GOAL_RELOAD] = "Reloading",
	};
	unsigned leaving = run->facts.old.leaving + run->facts.new.leaving;
	char who[224] = "";
	char text[400];
	struct drain_words w;

	fill_words(run, d, &w);
	if (w.connections[0] && w.age[0])
		(void)snprintf(who, sizeof(who), " (%s, the oldest %s, from %s)", w.connections,
			       w.age, w.peer);
	else if (w.connections[0])
		(void)snprintf(who, sizeof(who), " (%s)", w.connections);
	if (leaving)
		(void)snprintf(text, sizeof(text), "%s (%s): %u workers finish their clients%s, %s",
			       doing[run->ask.goal], phase_word(d->phase), leaving, who, w.left);
	else
		(void)snprintf(text, sizeof(text), "%s (%s): %s", doing[run->ask.goal],
			       phase_word(d->phase), phase_text(d->phase));
	run->init->ops.status(run->init, text);
}

void report_wait(const struct run *run, const struct decision *d)
{
	say_status(run, d);
	if (run->drain.line_due && run->ask.goal != GOAL_RELOAD)
		say_minute(run, d);
	say_offer();
	if (!say_is_live() || run->history.now_us < run->history.phase_since_us + LIVE_AFTER_US)
		return;
	if (run->ask.goal == GOAL_BACK)
		live_back(run);
	else if (run->ask.goal != GOAL_RELOAD && run->drain.workers)
		live_drain(run, d);
	else
		live_step(run, d);
}
