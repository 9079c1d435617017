/*
 * run: stays in the foreground; the supervisor that started it takes it for the service. It starts
 * nginx, or takes over one that runs. What it is asked by signals it has done by commands, its
 * children. It reaps all children. When the last master and the last worker have ended, it ends
 * with the exit code of that master.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/foreground.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/start.h"
#include "commands/storage.h"
#include "commands/verbs.h"
#include "init/foreground.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/inbox.h"
#include "os/process.h"
#include "os/procfs.h"
#include "os/waker.h"
#include "trust/program.h"
#include "ui/say.h"

/* SIGCONT, which runsv and s6 send after TERM, needs no handler: it does nothing to a process that
 * runs. */
static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD, 0};

/* Signals that are held back while nginx is being started, since nothing catches them then. */
static const int early[] = {SIGHUP, SIGUSR1, SIGUSR2, 0};

/* How often to look where there is no pidfd to wait for the end of a process; and how long to wait
 * where there is. */
#define LOOK_US (500u * USEC_PER_MSEC)
#define LONG_US (3600u * USEC_PER_SEC)

/* How long the workers of a dead master may go on: the service is down until they have ended. */
#define SWEEP_OPTION "--drain-timeout=2s"

/* The two commands that may be at work at once. */
enum { WORK, STOP, COMMANDS };

/* After so many looks in a row that fail, nothing is waited for any more. */
enum { UNSURE_MOST = 40 };

struct foreground_run {
	struct settings settings; /* with the pid file that was found */
	char pid_path[PATH_MAX];
	struct inbox inbox;
	struct foreground judge; /* what to do next (core/foreground.h) */
	struct foreground_self self;
	struct foreground_command commands[COMMANDS];
	struct life life;
	struct process others; /* where no master lives: a run of somebody else's that is at work */
	uint64_t watchdog_us;  /* how long the watchdog waits; 0: there is none */
	uint64_t watched_us;   /* when the watchdog was last told */
	bool looked;           /* a look found no master, and nothing has happened since */
	bool adopted;          /* nginx was running already */
};

static unsigned asked_by(uint64_t bits)
{
	unsigned asked = 0;

	if (bits & (SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT)))
		asked |= FOREGROUND_ASKED_STOP;
	if (bits & SIGNAL_BIT(SIGHUP))
		asked |= FOREGROUND_ASKED_RELOAD;
	if (bits & SIGNAL_BIT(SIGUSR1))
		asked |= FOREGROUND_ASKED_REOPEN;
	if (bits & SIGNAL_BIT(SIGUSR2))
		asked |= FOREGROUND_ASKED_UPGRADE;
	return asked;
}

static struct foreground_command *command_of(struct foreground_run *r, pid_t pid)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (r->commands[i].running.pid == pid)
			return &r->commands[i];
	}
	return NULL;
}

/* Waits for all children that have ended: our commands, masters, and orphans that the kernel has
 * made our children. */
static void reap(struct foreground_run *r)
{
	struct foreground_command *c;
	siginfo_t info;
	int status;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
			return;
		r->looked = false;
		c = command_of(r, info.si_pid);
		if (c) {
			foreground_command_end(c);
			r->life.works[c - r->commands] = 0;
			if (c->verb && strcmp(c->verb, "reload") == 0)
				foreground_notify("READY=1");
		} else if (waitpid(info.si_pid, &status, WNOHANG) == info.si_pid) {
			life_ended(&r->life, info.si_pid, status);
		}
	}
}

static void tell_watchdog(struct foreground_run *r)
{
	uint64_t now_us = clock_us();

	if (!r->watchdog_us || now_us - r->watched_us < r->watchdog_us / 3)
		return;
	foreground_notify("WATCHDOG=1");
	r->watched_us = now_us;
}

/*
 * When the last known master has ended, looks for another one: there may have been a handover. A
 * look that failed counts for nothing, and is made again.
 */
static void look_for_masters(struct foreground_run *r)
{
	if (life_forget_the_dead(&r->life))
		r->looked = false;
	if (r->life.count || r->looked)
		return;
	life_look(&r->life);
	r->looked = !r->life.unsure;
	(void)life_forget_the_dead(&r->life);
}

static struct foreground_facts gather_facts(struct foreground_run *r)
{
	struct foreground_facts now = {.master = false};

	look_for_masters(r);
	now.master = r->life.count > 0;
	now.works = r->commands[WORK].running.pid != 0;
	now.stops = r->commands[STOP].running.pid != 0;
	process_close(&r->others);
	if (!now.master) {
		now.workers = r->life.workers;
		now.unclean = life_unclean(&r->life);
		now.others = life_is_worked_on(&r->life, &r->others) ||
			     (r->life.unsure && r->life.unsure < UNSURE_MOST);
		r->looked = r->looked && !now.others;
	}
	now.newer = r->judge.asked && foreground_self_is_old(&r->self);
	return now;
}

static void begin_command(struct foreground_run *r, int slot, const char *verb, enum verb_bit bit,
			  const char *more)
{
	struct foreground_command *c = &r->commands[slot];

	if (foreground_command_begin(c, &r->self, &r->settings, r->pid_path, verb, bit, more))
		r->life.works[slot] = c->running.pid;
}

static void notify_reload(void)
{
	char state[80];

	(void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
		       (unsigned long long)clock_us());
	foreground_notify(state);
}

/* Makes this move. True: there is nothing more to do for now. */
static bool make_move(struct foreground_run *r, enum foreground_move what)
{
	switch (what) {
	case FOREGROUND_STOP:
		foreground_notify("STOPPING=1");
		begin_command(r, STOP, "stop", VERB_STOP, NULL);
		return false;
	case FOREGROUND_REOPEN: begin_command(r, WORK, "reopen", VERB_REOPEN, NULL); return false;
	case FOREGROUND_UPGRADE:
		begin_command(r, WORK, "upgrade", VERB_UPGRADE, NULL);
		return false;
	case FOREGROUND_RELOAD:
		notify_reload();
		begin_command(r, WORK, "reload", VERB_RELOAD, NULL);
		return false;
	case FOREGROUND_SWEEP:
		say(SAY_WARNING,
		    "the last master was killed or crashed: its processes that are left are ended now");
		begin_command(r, STOP, "stop", VERB_STOP, SWEEP_OPTION);
		return false;
	case FOREGROUND_RENEW:
		inbox_hold(signals);
		foreground_self_renew(&r->self, r->judge.asked, r->pid_path);
		foreground_stays(&r->judge);
		(void)inbox_open(&r->inbox, signals);
		return false;
	default: return true;
	}
}

/* Waits for a signal (a child's end is one) or the end of a master. Where the kernel does not tell
 * of such an end, wakes up now and then to look. */
static void await_event(struct foreground_run *r)
{
	int others[LIFE_MASTERS + 1];
	uint64_t wait_us = LONG_US;
	size_t n = 0;
	size_t i;

	for (i = 0; i < r->life.count; i++) {
		others[n++] = r->life.masters[i].pidfd;
		if (r->life.masters[i].pidfd < 0)
			wait_us = LOOK_US;
	}
	if (r->others.pid)
		others[n++] = r->others.pidfd;
	if (!r->life.count)
		wait_us = LOOK_US;
	if (r->watchdog_us && r->watchdog_us / 3 < wait_us)
		wait_us = r->watchdog_us / 3;
	inbox_wait(&r->inbox, others, n, wait_us);
}

static int stay(struct foreground_run *r)
{
	enum foreground_move what;

	for (;;) {
		tell_watchdog(r);
		reap(r);
		foreground_asked(&r->judge, asked_by(inbox_take()));
		do {
			struct foreground_facts now = gather_facts(r);

			what = foreground_next(&r->judge, &now);
		} while (!make_move(r, what));
		if (what == FOREGROUND_END)
			return life_code(&r->life);
		await_event(r);
	}
}

static int find_and_start(struct foreground_run *r, struct session *s, bool resumed)
{
	struct config_arguments arguments = {.conf = r->settings.conf};
	int code = session_find(s, &r->settings);

	if (code)
		return code;
	memcpy(r->pid_path, s->site.pid_path, sizeof(r->pid_path));
	code = life_hold(&r->life, &s->site);
	if (!code && !resumed) {
		s->execute = foreground_execute;
		code = start_here(s, &arguments);
		r->adopted = !s->executed;
	}
	session_end(s);
	r->settings.pid_file = r->pid_path;
	return code;
}

/*
 * Starts nginx, or finds the one that runs. resumed: a former program of ours has done that, and
 * was replaced by this one. 0, or the exit code after the error has been printed.
 */
static int start(struct foreground_run *r, bool resumed)
{
	struct session *s = storage_new(sizeof(*s));
	int code;

	if (!s)
		return EXIT_FAILED;
	code = find_and_start(r, s, resumed);
	free(s);
	return code;
}

/* Signals that came during the start. asked: what a former program of ours has left to be done. */
static void take_early_signals(struct foreground_run *r, unsigned asked)
{
	int sig = waker_take_signal();

	foreground_asked(&r->judge, asked);
	if (sig)
		foreground_asked(&r->judge, asked_by(SIGNAL_BIT(sig)));
}

static void say_ready(struct foreground_run *r)
{
	if (r->adopted)
		foreground_say_adopted(r->life.masters[0].pid);
	ready_tell(&r->settings, r->life.masters[0].pid);
}

/* From the start, or from where a former program of ours has left off, to the end of nginx. Returns
 * the exit code. */
static int live(struct foreground_run *r, bool resumed, unsigned asked)
{
	int code = start(r, resumed);

	if (r->life.lock.fd >= 0)
		life_look(&r->life);
	r->looked = true;
	if (inbox_open(&r->inbox, signals) < 0)
		return EXIT_FAILED;
	take_early_signals(r, asked);
	if (!code && !resumed && r->life.count)
		say_ready(r);
	/* A start that failed may have left a master, which nobody else would end. */
	if (code && r->life.count)
		foreground_asked(&r->judge, FOREGROUND_ASKED_STOP);
	if (!code || r->life.count) {
		int fate = stay(r);

		code = code ? code : fate;
	}
	return code;
}

/* Takes the adapter for a supervisor of "run" in place of the one that command_invoke() found. */
static int run(struct foreground_run *r, const struct settings *settings)
{
	struct init init;
	unsigned asked = 0;
	bool resumed = ready_was_kept(&asked, r->pid_path);
	int code;

	r->others.pidfd = r->life.lock.fd = -1;
	r->settings = *settings;
	r->settings.caller = &init;
	if (resumed)
		r->settings.pid_file = r->pid_path;
	r->life.settings = &r->settings;
	inbox_hold(early);
	if (init_begin(&init, init_run.name, settings->service) < 0)
		return EXIT_FAILED;
	code = foreground_self_open(&r->self);
	if (!code && !resumed)
		code = ready_begin(settings);
	if (!code) {
		r->watchdog_us = foreground_watchdog_us();
		code = live(r, resumed, asked);
		ready_end(settings);
	}
	life_free(&r->life);
	program_close(&r->self.program);
	init_end(&init);
	return code;
}

int command_run(const struct settings *settings)
{
	struct foreground_run *r = storage_new(sizeof(*r));
	int code;

	if (!r)
		return EXIT_FAILED;
	code = run(r, settings);
	free(r);
	return code;
}
