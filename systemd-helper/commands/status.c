/* status: what runs, in which generations, and what is due. Looks only, and waits for nobody. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/hold.h"
#include "commands/metrics.h"
#include "commands/report.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "commands/status.h"
#include "core/decide.h"
#include "core/preflight.h"
#include "os/clock.h"
#include "os/procfs.h"
#include "os/waker.h"
#include "ui/say.h"
#include "ui/stream.h"

/* LSB: "program is dead and the pid file exists", "is not running", "status is unknown". */
enum { STATUS_DEAD_PID_FILE = 1, STATUS_NOT_RUNNING = 3, STATUS_UNKNOWN = 4 };

/* Watched, and costing at most a sixth of a processor. */
enum { AGAIN_US = 1000000, AGAIN_COSTS = 5 };

/* Of what is watched: on a terminal the last screen makes room for the next, elsewhere an empty
 * line stands between them. */
static void begin_screen(const struct settings *settings)
{
	if (settings->watch && !settings->json)
		stream_print(stream_output(), say_is_live() ? "\033[H\033[J" : "\n");
}

/* A second master, or workers without one: nothing else tells of them. r: of strays_find(). */
static void say_strays(const struct strays *strays, int r)
{
	char text[512];

	if (r < 0)
		say(SAY_WARNING, "whether more of nginx runs cannot be told: %s", strerror(-r));
	if (!strays->count)
		return;
	say(SAY_WARNING,
	    "more of nginx runs than its pid file tells: %s. \"nginx-handover stop\" ends this nginx, and with it those that are proven to be its own",
	    strays_text(strays, text, sizeof(text)));
}

/* Held, and watched over. */
static bool say_held(const struct settings *settings, const struct site *site,
		     const struct world *w, const struct facts *f)
{
	struct hold_seen held;
	char until[80];

	if (!f->old.alive || !f->new.alive || f->closing || !hold_find(settings, site, &held))
		return false;
	{
		struct say_field fields[] = {
			{"until", NULL, held.until_s},
			{"watcher", NULL, (uint64_t)held.watcher},
			{"old_pid", NULL, (uint64_t)w->old.subject.process.pid},
			{"new_pid", NULL, (uint64_t)w->new.subject.process.pid},
			{NULL, NULL, 0}};

		say_event(
			SAY_INFO, "held", fields,
			"a handover is held %s: master %d serves, old master %d is the way back, and process %d watches over it. \"nginx-handover finish\" makes it final, \"nginx-handover rollback\" takes it back",
			hold_text(held.until_s, until, sizeof(until)),
			(int)w->new.subject.process.pid, (int)w->old.subject.process.pid,
			(int)held.watcher);
	}
	return true;
}

static void say_unfinished(const struct settings *settings, const struct site *site,
			   const struct facts *f, struct status_seen *seen)
{
	static const struct history none;
	const char *phase = phase_text(phase_of(f, &none));
	char who[128];

	switch (at_work_look(settings, site, who, sizeof(who))) {
	case AT_WORK_RUN:
		seen->under_way = true;
		say(SAY_WARNING, "a handover is under way (%s): another run, %s, is at work on it",
		    phase, who);
		break;
	case AT_WORK_NOBODY:
		/* One that only drains comes to its end by itself. */
		seen->unfinished = !seen->draining || !f->new.accepting;
		if (seen->unfinished)
			say(SAY_WARNING,
			    "a handover is unfinished (%s), and no nginx-handover is at work on it. %s",
			    phase, report_way_on(f));
		else
			say(SAY_NOTICE,
			    "handed over; the old generation drains, leaves by itself when its last client has gone, and no nginx-handover is at work on it. %s",
			    report_way_on(f));
		break;
	default:
		seen->unfinished = true;
		say(SAY_WARNING,
		    "a handover is under way or unfinished (%s); whether somebody is at work on it is for root to see. If nobody is: %s",
		    phase, report_way_on(f));
		break;
	}
}

static int say_world(const struct settings *settings, const struct site *site, struct world *w,
		     struct status_kept *kept)
{
	static struct status_seen seen;
	struct facts f;
	int r = observe(w, &f);
	pid_t serves;

	if (r < 0) {
		begin_screen(settings);
		say(SAY_ERROR,
		    "what nginx does cannot be looked at: %s. What to do: see the limits on open files (\"ulimit -n\") and on memory, and whether /proc shows all processes, then look again",
		    strerror(-r));
		status_say_none(STATUS_UNKNOWN);
		return init_state(0, STATUS_UNKNOWN);
	}
	serves = f.new.alive ? w->new.subject.process.pid : w->old.subject.process.pid;
	status_look(w, &f, kept, &seen);
	begin_screen(settings);
	if (world_unfinished(&f)) {
		seen.held = say_held(settings, site, w, &f);
		if (!seen.held)
			say_unfinished(settings, site, &f, &seen);
	}
	report_intruder(w);
	say_strays(&seen.strays, seen.strays_error);
	report_quic_look(w, &f);
	status_look_due(w, &f, &seen);
	r = f.quitting ? STATUS_NOT_RUNNING : 0;
	status_say(&seen, kept);
	status_say_state(&seen, r);
	return r ? init_state(0, r) : init_state(serves, 0);
}

static int say_not_running(const struct site *site, struct world *w,
			   const struct problems *problems)
{
	static struct strays strays;
	pid_t named = site_named_pid(site);
	bool is_anothers = named && master_titled(named);
	int r = STATUS_NOT_RUNNING;

	/* The same build, started with -p, may have a pid file of its own. */
	if (!is_anothers && access(site->pid_path, F_OK) == 0)
		r = STATUS_DEAD_PID_FILE;
	say(SAY_NOTICE, "%s", problems->list[0].text);
	world_close(w);
	world_init(w);
	w->believed = site->believed;
	say_strays(&strays, strays_find(w, named, site->nginx, &strays));
	return r;
}

static bool is_roots_master(pid_t pid)
{
	static const uid_t roots[ID_COUNT];
	struct proc_status status;

	return master_titled(pid) && procfs_status(pid, &status) == 0 &&
	       memcmp(status.uids, roots, sizeof(roots)) == 0;
}

/*
 * What anybody can read: a pid file that nobody but root can change, and that it names a process of
 * root's with the title of a master. 0: there is no such; nothing was said then.
 */
static pid_t say_named(const struct site *site)
{
	struct pid_file file;
	pid_t pid = 0;

	pid_file_open(&file, &site->believed, site->pid_path);
	if (pid_file_look(&file, &pid) != PID_FILE_OK || !file.trusted || file.owner != 0 ||
	    !is_roots_master(pid))
		pid = 0;
	pid_file_close(&file);
	if (pid) {
		struct say_field fields[] = {{"pid", NULL, (uint64_t)pid}, {NULL, NULL, 0}};

		say_event(
			SAY_INFO, "named", fields,
			"master %d runs: its pid file %s names it. What it does, and what is due, is for root to see",
			(int)pid, site->pid_path);
	}
	return pid;
}

/* What stands in the way of a look. Where only others run, that is "not running". */
static int say_problems(const struct site *site, const struct problems *problems)
{
	(void)problems_say(problems);
	if (problems->list[0].exit_code == EXIT_NOT_INSTALLED || site->strangers || site->nobody)
		return STATUS_NOT_RUNNING;
	return STATUS_UNKNOWN;
}

static int say_unseen(const struct site *site, const struct problems *problems)
{
	bool denied = problems->list[0].exit_code == EXIT_NOT_PRIVILEGED;
	pid_t named = denied ? say_named(site) : 0;

	int r;

	if (named)
		return init_state(named, 0);
	r = say_problems(site, problems);
	status_say_none(r);
	return init_state(0, r);
}

/* Whoever may look need not be allowed to write there, and whoever watches asks for none. */
static void show_to_monitoring(const struct settings *settings, const struct site *site)
{
	if (!settings->watch)
		metrics_write(settings, site, geteuid() != 0);
}

static int show(const struct settings *settings, struct status_kept *kept)
{
	static struct world w;
	struct problems problems = {.count = 0};
	static struct site site;
	bool found;
	int r;

	world_init(&w);
	found = site_find(settings, &site, &problems);
	if (found && site_open_world(&site, &w, &problems)) {
		r = say_world(settings, &site, &w, kept);
		world_close(&w);
		show_to_monitoring(settings, &site);
		return r;
	}
	begin_screen(settings);
	if (!found) {
		r = say_problems(&site, &problems);
		status_say_none(r);
		return init_state(0, r);
	}
	if (problems.list[0].exit_code == EXIT_NOT_RUNNING) {
		r = say_not_running(&site, &w, &problems);
		status_say_none(r);
		r = init_state(0, r);
	} else {
		r = say_unseen(&site, &problems);
	}
	world_close(&w);
	show_to_monitoring(settings, &site);
	return r;
}

/* Until Ctrl-C, or until nobody reads it any more: both are how it is meant to end. */
static int watch(const struct settings *settings, struct status_kept *kept)
{
	static struct waker waker;
	int r = waker_open(&waker);

	if (r < 0) {
		say(SAY_ERROR, "no signal can be caught: %s. Nothing was done", strerror(-r));
		return 1;
	}
	while (!waker_take_signal() && stream_output()->open) {
		uint64_t began_us = clock_us();
		uint64_t until_us;

		(void)show(settings, kept);
		until_us = clock_us() + AGAIN_COSTS * (clock_us() - began_us);
		if (until_us < began_us + AGAIN_US)
			until_us = began_us + AGAIN_US;
		while (clock_us() < until_us && !waker_pending()) {
			say_offer();
			waker_wait(&waker, began_us, until_us);
		}
	}
	waker_close(&waker);
	return 0;
}

int command_status(const struct settings *settings)
{
	static struct status_kept kept;

	return settings->watch ? watch(settings, &kept) : show(settings, &kept);
}
