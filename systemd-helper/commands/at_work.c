/*
 * rollback and finish at a second terminal, while another run is in the middle of a handover. That
 * run has the lock and knows what it has done, so it gets a signal that tells it what to do. Then
 * this run waits for its end and prints the result.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/at_work.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "core/observe.h"
#include "os/clock.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "os/process.h"
#include "os/procfs.h"
#include "os/waker.h"
#include "ui/say.h"

/* The other run, and what nginx was like before that run got a signal. */
struct at_work {
	struct process process;
	char verb[64];
	bool unfinished; /* a handover is under way */
	bool closing;    /* its old master has had QUIT */
	bool calm;       /* each master is in its event loop, or is leaving */
	pid_t old;       /* pid of the old master, or of the only one */
	pid_t new;       /* pid of the new master; 0: none yet */
};

/* Finds the run that has the lock. The caller closes ret->process. */
static bool find_run(const struct settings *settings, const struct site *site, struct at_work *ret)
{
	return session_holder(settings, site, &ret->process, ret->verb, sizeof(ret->verb));
}

enum at_work_state at_work_look(const struct settings *settings, const struct site *site, char *ret,
				size_t size)
{
	static const struct process none = PROCESS_NONE;
	struct at_work a = {.process = none};

	if (find_run(settings, site, &a)) {
		(void)snprintf(ret, size, "%s (pid %d)", a.verb, (int)a.process.pid);
		process_close(&a.process);
		return AT_WORK_RUN;
	}
	/* Only root can look into the folder of root's locks. */
	return getuid() == 0 || identity_became() ? AT_WORK_NOBODY : AT_WORK_UNKNOWN;
}

/* Looks at nginx without the lock, while the other run is at work. */
static bool look_at_nginx(struct session *s, struct at_work *a)
{
	bool open = session_open_world(s) == 0;

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

/* Whether the other run does a handover, or may be about to begin one. */
static bool hands_over(const struct at_work *a)
{
	static const char *const always[] = {"upgrade", "package-update", "finish"};
	static const char *const at_times[] = {"reload", "rollback"};
	size_t i;

	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (strcmp(a->verb, always[i]) == 0)
			return true;
	}
	for (i = 0; i < sizeof(at_times) / sizeof(at_times[0]); i++) {
		if (strcmp(a->verb, at_times[i]) == 0)
			return a->unfinished;
	}
	return false;
}

/* How long to wait for the other run. Its timeouts are unknown here; ours are taken instead. */
static uint64_t patience_us(const struct session *s)
{
	const struct settings *settings = s->settings;

	return settings->drain_timeout_us + 3 * settings->start_timeout_us + settings->settle_us;
}

/*
 * Waits for the end of the other run and takes the lock. told: what its signal told it to do. 0, or
 * the exit code after the session has been ended.
 */
static int await_end(struct session *s, const char *verb, const struct at_work *a, const char *told)
{
	say(SAY_NOTICE,
	    "another run (%s, pid %d) is at work on this nginx. It was told %s, and its end is waited for",
	    a->verb, (int)a->process.pid, told);
	return session_take(s, verb, patience_us(s));
}

/* After the other run has ended: the only master. */
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

/*
 * Opens the world under the lock, when the other run has ended. True: there is an answer. That is,
 * no handover is under way any more; or *ret_code is not 0, and the session has been ended. False:
 * a handover is still unfinished; the world has been closed again.
 */
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

/*
 * The end of both: whether there is an answer. told: the other run was asked to do it, and has
 * ended or has failed to (*ret_code); say_result prints what came of that.
 */
static bool conclude(struct session *s, struct at_work *a, bool told,
		     int (*say_result)(const struct session *s, const struct at_work *a),
		     int *ret_code)
{
	process_close(&a->process);
	if (*ret_code)
		return true;
	if (!told || !is_over(s, ret_code))
		return false;
	if (!*ret_code)
		*ret_code = say_result(s, a);
	return true;
}

bool at_work_turn_back(struct session *s, const char *verb, int *ret_code)
{
	static const struct process none = PROCESS_NONE;
	struct at_work a = {.process = none};
	bool told = false;

	if (find_run(s->settings, &s->site, &a) && strcmp(a.verb, "rollback") != 0 &&
	    look_at_nginx(s, &a) && hands_over(&a) && !a.closing)
		told = process_signal(&a.process, SIGINT) == 0;
	if (a.closing && hands_over(&a)) {
		say(SAY_ERROR,
		    "too late: old master %d has already had QUIT and cannot come back; the run that sent it (%s, pid %d) waits for its end. Nothing was done. What to do: when that run has ended, \"nginx-handover rollback\" hands over to the build that served before",
		    (int)a.old, a.verb, (int)a.process.pid);
		*ret_code = EXIT_REFUSED;
	} else {
		*ret_code = told ? await_end(s, verb, &a, "to go back") : session_take(s, verb, 0);
	}
	return conclude(s, &a, told, say_turned_back, ret_code);
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
	    "not finished: that run has ended without a handover, and master %d serves as before, with %u workers. What to do: see what that run has printed or logged",
	    (int)serving(s), s->run.facts.old.accepting);
	return EXIT_UNDONE;
}

/* Whether the other run only waits: both masters are in their event loops, or the old one leaves.
 */
static bool is_waiting(struct session *s, struct at_work *a)
{
	return look_at_nginx(s, a) && a->unfinished && a->calm && a->new != 0 && hands_over(a);
}

bool at_work_drains(struct session *s)
{
	static const struct process none = PROCESS_NONE;
	struct at_work a = {.process = none};
	bool drains = find_run(s->settings, &s->site, &a) && is_waiting(s, &a) && a.closing;

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

		if (!find_run(s->settings, &s->site, &a))
			return false;
		waits = is_waiting(s, &a);
		if (!waits)
			process_wait(&a.process, look_interval_us(clock_us() - began_us, 0));
		process_close(&a.process);
	}
	return waits;
}

/* Whether the other run catches SIGUSR1. An older nginx-handover does not, and would be killed by
 * it. */
static bool knows_hurry(const struct at_work *a)
{
	struct proc_signals signals;

	return procfs_signals(a->process.pid, &signals) == 0 &&
	       (signals.caught & SIGNAL_BIT(SIGUSR1));
}

bool at_work_go_on(struct session *s, const char *verb, int *ret_code)
{
	static const struct process none = PROCESS_NONE;
	struct at_work a = {.process = none};
	bool told = false;

	if (find_run(s->settings, &s->site, &a) && look_at_nginx(s, &a) && hands_over(&a) &&
	    knows_hurry(&a))
		told = process_signal(&a.process, SIGUSR1) == 0;
	*ret_code = told ? await_end(s, verb, &a, "not to wait for clients before QUIT")
			 : session_take(s, verb, 0);
	return conclude(s, &a, told, say_gone_on, ret_code);
}
