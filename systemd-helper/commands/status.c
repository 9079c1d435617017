/* status: what runs, in which generations, and what is due. It only looks, and takes no lock. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/drain_watch.h"
#include "commands/hold.h"
#include "commands/metrics.h"
#include "commands/report.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/status.h"
#include "commands/storage.h"
#include "core/decide.h"
#include "core/facts.h"
#include "core/observe.h"
#include "core/problems.h"
#include "core/strays.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/clock.h"
#include "os/exit_code.h"
#include "os/procfs.h"
#include "os/waker.h"
#include "ui/say.h"
#include "ui/stream.h"

/* With --watch: a look every second, or less often, so that it uses at most a sixth of a CPU. */
enum { AGAIN_US = 1000000, AGAIN_COSTS = 5 };

/* What one look finds, and what --watch keeps from look to look. */
struct status {
	struct status_kept kept;
	struct status_seen seen;
	struct site site;
	struct world world;
	struct problems problems; /* why nothing was seen */
};

/* With --watch: clears the terminal; where there is none, an empty line parts two looks. */
static void begin_screen(const struct settings *settings)
{
	if (settings->watch && !settings->json)
		stream_print(stream_output(), say_is_live() ? "\033[H\033[J" : "\n");
}

/* A second master, or workers without a master. r: the result of strays_find(). */
static void say_strays(const struct strays *strays, int r)
{
	char text[512];

	if (r < 0)
		say(SAY_WARNING, "it is not known whether more of nginx runs: %s", strerror(-r));
	if (!strays->count)
		return;
	say(SAY_WARNING,
	    "more of nginx runs than its pid file names: %s. \"nginx-handover stop\" ends this nginx, and with it those that are proven to be its own",
	    strays_text(strays, text, sizeof(text)));
}

/* Whether the handover is held, and its watcher lives; prints that. */
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
		/* A handover that only drains needs nobody to end it. */
		seen->unfinished = !seen->draining || !f->new.accepting;
		if (seen->unfinished)
			say(SAY_WARNING,
			    "a handover is unfinished (%s), and no run of nginx-handover is at work on it. %s",
			    phase, report_way_on(f));
		else
			say(SAY_NOTICE,
			    "handed over; the old generation drains, and ends by itself with its last client; no run of nginx-handover is at work on it. %s",
			    report_way_on(f));
		break;
	default:
		seen->unfinished = true;
		say(SAY_WARNING,
		    "a handover is under way or unfinished (%s); only root can see whether another run is at work on it. If none is: %s",
		    phase, report_way_on(f));
		break;
	}
}

/* For --exit-code, where nginx runs. */
static int state_code(const struct status_seen *s)
{
	if (s->under_way)
		return EXIT_LOCKED;
	if (s->unfinished)
		return EXIT_UNFINISHED;
	if (s->held)
		return EXIT_HELD;
	if (s->draining)
		return EXIT_DRAINING;
	return s->due ? STATUS_DUE : STATUS_RUNS;
}

/* Looks at the open world and prints all of it; returns the exit code. */
static int say_world(const struct settings *settings, struct status *status)
{
	const struct site *site = &status->site;
	struct world *w = &status->world;
	struct status_seen *seen = &status->seen;
	struct init *caller = settings->caller;
	struct facts f;
	int r = observe(w, &f);
	pid_t serves;
	int code;

	if (r < 0) {
		begin_screen(settings);
		say(SAY_ERROR,
		    "the processes of nginx cannot be looked at: %s. What to do: see the limits on open files (\"ulimit -n\") and on memory, and whether /proc shows all processes, then look again",
		    strerror(-r));
		status_say_none(STATUS_UNKNOWN);
		return caller->ops.state(caller, 0, STATUS_UNKNOWN);
	}
	serves = f.new.alive ? w->new.subject.process.pid : w->old.subject.process.pid;
	status_look(w, &f, &status->kept, seen);
	seen->believed = init_believes(caller, serves, &seen->belief);
	begin_screen(settings);
	if (world_unfinished(&f)) {
		seen->held = say_held(settings, site, w, &f);
		if (!seen->held)
			say_unfinished(settings, site, &f, seen);
	}
	report_intruder(w);
	say_strays(&seen->strays, seen->strays_error);
	report_quic_look(w, &f, drain_watcher(settings, site));
	status_look_due(w, &f, seen);
	r = f.quitting ? STATUS_NOT_RUNNING : 0;
	status_say(seen, &status->kept);
	code = r || !settings->exit_code ? r : state_code(seen);
	status_say_state(seen, code);
	r = caller->ops.state(caller, r ? 0 : serves, r);
	return r ? r : code;
}

static int say_not_running(const struct site *site, struct world *w,
			   const struct problems *problems)
{
	struct strays strays = {.count = 0};
	pid_t named = site_named_pid(site);
	bool is_anothers = named && master_titled(named);
	int r = STATUS_NOT_RUNNING;

	/* A pid file that names another nginx (of the same binary, by another -p) was not left
	 * behind by a dead one. */
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
 * For an ordinary user: a pid file that only root can change names a process of root's that has the
 * title of a master. Prints that and returns its pid; 0: there is none, and nothing was printed.
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
			"master %d runs: its pid file %s names it. Only root can see what it does, and whether an upgrade is due",
			(int)pid, site->pid_path);
	}
	return pid;
}

/* Prints what prevents a look. Where no nginx runs, or only others that are not meant, it is known
 * that this one does not run. */
static int say_problems(const struct site *site, const struct problems *problems)
{
	(void)problems_say(problems);
	if (problems->list[0].exit_code == EXIT_NOT_INSTALLED || site->strangers || site->nobody)
		return STATUS_NOT_RUNNING;
	return STATUS_UNKNOWN;
}

static int say_unseen(struct init *caller, const struct site *site, const struct problems *problems)
{
	bool denied = problems->list[0].exit_code == EXIT_NOT_PRIVILEGED;
	pid_t named = denied ? say_named(site) : 0;
	int r;

	if (named)
		return caller->ops.state(caller, named, 0);
	r = say_problems(site, problems);
	status_say_none(r);
	return caller->ops.state(caller, 0, r);
}

/* Writes the metrics, but not with --watch. An ordinary user may not be allowed to write them: that
 * is no error. */
static void show_to_monitoring(const struct settings *settings, const struct site *site)
{
	if (!settings->watch)
		metrics_write(settings, site, geteuid() != 0);
}

static int show(const struct settings *settings, struct status *status)
{
	struct init *caller = settings->caller;
	struct problems *problems = &status->problems;
	struct site *site = &status->site;
	struct world *w = &status->world;
	bool found;
	int r;

	world_init(w);
	problems_clear(problems);
	found = site_find(settings, site, problems);
	if (found && site_open_world(site, w, problems)) {
		r = say_world(settings, status);
		world_close(w);
		show_to_monitoring(settings, site);
		return r;
	}
	begin_screen(settings);
	if (!found) {
		r = say_problems(site, problems);
		status_say_none(r);
		return caller->ops.state(caller, 0, r);
	}
	if (problems->list[0].exit_code == EXIT_NOT_RUNNING) {
		r = say_not_running(site, w, problems);
		status_say_none(r);
		r = caller->ops.state(caller, 0, r);
	} else {
		r = say_unseen(caller, site, problems);
	}
	world_close(w);
	show_to_monitoring(settings, site);
	return r;
}

/* Until Ctrl-C, or until nobody reads the output any more. Both are the usual end of --watch. */
static int watch(const struct settings *settings, struct status *status)
{
	struct waker waker;
	int r = session_open_waker(&waker);

	if (r)
		return r;
	while (!waker_take_signal() && stream_output()->open) {
		uint64_t began_us = clock_us();
		uint64_t until_us;

		(void)show(settings, status);
		until_us = clock_us() + AGAIN_COSTS * (clock_us() - began_us);
		if (until_us < began_us + AGAIN_US)
			until_us = began_us + AGAIN_US;
		while (clock_us() < until_us && !waker_signalled()) {
			say_offer();
			waker_wait(&waker, began_us, until_us);
		}
	}
	waker_close(&waker);
	return 0;
}

int command_status(const struct settings *settings)
{
	struct status *status = storage_new(sizeof(*status));
	int r;

	if (!status)
		return settings->caller->ops.state(settings->caller, 0, STATUS_UNKNOWN);
	r = settings->watch ? watch(settings, status) : show(settings, status);
	free(status);
	return r;
}
