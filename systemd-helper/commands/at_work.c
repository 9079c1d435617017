/*
 * rollback and finish at a second terminal, while a run is at work: that one is told, since it has
 * the lock and knows what it has done; then its end is waited for, and what stands is said.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/at_work.h"
#include "core/preflight.h"
#include "os/clock.h"
#include "os/identity.h"
#include "os/procfs.h"
#include "os/waker.h"
#include "ui/say.h"

/* The run, and what was seen before it was told. */
struct at_work {
	struct process process;
	char verb[64];
	bool unfinished; /* a handover is under way */
	bool closing;    /* its old master has had QUIT */
	bool calm;       /* each of its masters is in its loop */
	pid_t old;
	pid_t new; /* 0: none yet */
};

static bool find(const struct settings *settings, const struct site *site, struct at_work *ret)
{
	struct lock_subjects subjects;

	return session_subjects(settings, site, &subjects) == 0 &&
	       lock_holder(&subjects, &ret->process, ret->verb, sizeof(ret->verb)) == 0;
}

enum at_work_state at_work_look(const struct settings *settings, const struct site *site, char *ret,
				size_t size)
{
	static const struct process none = PROCESS_NONE;
	struct at_work a = {.process = none};

	if (find(settings, site, &a)) {
		(void)snprintf(ret, size, "%s (pid %d)", a.verb, (int)a.process.pid);
		process_close(&a.process);
		return AT_WORK_RUN;
	}
	/* Root's locks are in a folder that root alone can look into. */
	return getuid() == 0 || identity_became() ? AT_WORK_NOBODY : AT_WORK_UNKNOWN;
}

/* A look beside the run that is at work. */
static bool look(struct session *s, struct at_work *a)
{
	struct problems problems = {.count = 0};
	bool open = session_open_world(s, &problems) == 0;

	if (open) {
		a->unfinished = world_unfinished(&s->run.facts);
		a->closing = s->run.facts.closing;
		a->calm = s->run.facts.new.idle && (a->closing || s->run.facts.old.idle);
		a->old = s->run.world.old.subject.process.pid;
		a->new = s->run.facts.new.alive ? s->run.world.new.subject.process.pid : 0;
	}
	session_close_world(s);
	return open;
}

/* A handover, or what may become one in this moment. */
static bool hands_over(const struct at_work *a)
{
	static const char *const verbs[] = {"upgrade", "package-update", "finish", "reload",
					    "rollback"};
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(a->verb, verbs[i]) == 0)
			return i < 3 || a->unfinished;
	}
	return false;
}

/* Its own times are not known here: ours stand for them. */
static uint64_t patience_us(const struct session *s)
{
	const struct settings *settings = s->settings;

	return settings->drain_timeout_us + 3 * settings->start_timeout_us + settings->settle_us;
}

/* As it stands when that run has ended. 0, or the exit code with everything let go. */
static int await(struct session *s, const char *verb, const struct at_work *a, const char *told)
{
	say(SAY_NOTICE,
	    "another run (%s, pid %d) is at work on this nginx. It was told %s, and its end is waited for",
	    a->verb, (int)a->process.pid, told);
	return session_take(s, verb, patience_us(s));
}

static pid_t serving(const struct session *s)
{
	return s->run.world.old.subject.process.pid;
}

static int say_turned_back(const struct session *s, const struct at_work *a)
{
	if (serving(s) == a->old) {
		say(SAY_NOTICE,
		    "rolled back, as asked: that run has turned back, and master %d serves with %u workers",
		    (int)serving(s), s->run.facts.old.accepting);
		return 0;
	}
	say(SAY_ERROR,
	    "too late: that run had handed over before it heard of this, and master %d serves. \"nginx-handover rollback\" once more hands over to the build that served before",
	    (int)serving(s));
	return EXIT_REFUSED;
}

/* A world that can be looked at, and is not in the middle of anything: there is an answer. */
static bool is_over(struct session *s, int *ret_code)
{
	*ret_code = session_look(s);
	if (*ret_code)
		return true;
	if (!world_unfinished(&s->run.facts))
		return true;
	session_close_world(s);
	return false;
}

int at_work_turn_back(struct session *s, const char *verb)
{
	static const struct process none = PROCESS_NONE;
	struct at_work a = {.process = none};
	bool told = false;
	int r = 0;

	if (find(s->settings, &s->site, &a) && strcmp(a.verb, "rollback") != 0 && look(s, &a) &&
	    hands_over(&a) && !a.closing)
		told = process_signal(&a.process, SIGINT) == 0;
	if (a.closing && hands_over(&a)) {
		say(SAY_ERROR,
		    "too late: old master %d has already had QUIT and cannot come back; the run that sent it (%s, pid %d) waits for its end. Nothing was done. What to do: when that run has ended, \"nginx-handover rollback\" hands over to the build that served before",
		    (int)a.old, a.verb, (int)a.process.pid);
		r = EXIT_REFUSED;
	} else {
		r = told ? await(s, verb, &a, "to go back") : session_take(s, verb, 0);
	}
	process_close(&a.process);
	if (r)
		return r;
	if (!told || !is_over(s, &r))
		return -1;
	return r ? r : say_turned_back(s, &a);
}

static int say_gone_on(const struct session *s, const struct at_work *a)
{
	if (serving(s) != a->old) {
		say(SAY_NOTICE,
		    "finished: that run has handed over, and master %d serves with %u workers",
		    (int)serving(s), s->run.facts.old.accepting);
		return 0;
	}
	say(SAY_ERROR,
	    "not finished: that run has ended without a handover, and master %d serves as before, with %u workers. What to do: see what that run has said",
	    (int)serving(s), s->run.facts.old.accepting);
	return 150;
}

/* Both masters are in their loops, or the old one leaves. */
static bool is_waiting(struct session *s, struct at_work *a)
{
	return look(s, a) && a->unfinished && a->calm && a->new != 0 && hands_over(a);
}

bool at_work_drains(struct session *s)
{
	static const struct process none = PROCESS_NONE;
	struct at_work a = {.process = none};
	bool drains = find(s->settings, &s->site, &a) && is_waiting(s, &a) && a.closing;

	process_close(&a.process);
	return drains;
}

bool at_work_waits(struct session *s)
{
	static const struct process none = PROCESS_NONE;
	uint64_t began_us = clock_us();
	uint64_t until_us =
		began_us + s->settings->test_timeout_us + 3 * s->settings->start_timeout_us;
	bool waits = false;

	while (!waits && clock_us() < until_us) {
		struct at_work a = {.process = none};

		if (!find(s->settings, &s->site, &a))
			return false;
		waits = is_waiting(s, &a);
		if (!waits)
			process_wait(&a.process, look_interval_us(clock_us() - began_us, 0));
		process_close(&a.process);
	}
	return waits;
}

/* One that was installed before this one knows no SIGUSR1, and would be ended by it. */
static bool knows_hurry(const struct at_work *a)
{
	struct proc_signals signals;

	return procfs_signals(a->process.pid, &signals) == 0 &&
	       (signals.caught & SIGNAL_BIT(SIGUSR1));
}

int at_work_go_on(struct session *s, const char *verb)
{
	static const struct process none = PROCESS_NONE;
	struct at_work a = {.process = none};
	bool told = false;
	int r;

	if (find(s->settings, &s->site, &a) && look(s, &a) && hands_over(&a) && knows_hurry(&a))
		told = process_signal(&a.process, SIGUSR1) == 0;
	r = told ? await(s, verb, &a, "not to wait for clients before QUIT")
		 : session_take(s, verb, 0);
	process_close(&a.process);
	if (r)
		return r;
	if (!told || !is_over(s, &r))
		return -1;
	return r ? r : say_gone_on(s, &a);
}
