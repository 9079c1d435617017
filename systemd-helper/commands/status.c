/* status: what runs, in which generations, and what is due. Looks only, and waits for nobody. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/hold.h"
#include "commands/record.h"
#include "commands/report.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "core/decide.h"
#include "core/preflight.h"
#include "core/strays.h"
#include "init/init.h"
#include "nginx/connections.h"
#include "nginx/replaced.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/procfs.h"
#include "ui/say.h"

/* LSB: "program is dead and the pid file exists", "is not running", "status is unknown". */
enum { STATUS_DEAD_PID_FILE = 1, STATUS_NOT_RUNNING = 3, STATUS_UNKNOWN = 4 };

static uint64_t age_us(const struct process *p)
{
	long ticks = sysconf(_SC_CLK_TCK);
	uint64_t now_us = clock_since_boot_us(), started_us;

	if (ticks <= 0)
		return 0;
	started_us = p->start_ticks * (USEC_PER_SEC / (uint64_t)ticks);
	/* where the clock stops while the machine sleeps */
	return now_us > started_us ? now_us - started_us : 0;
}

/* What each generation has: 0 or -errno. */
struct counted {
	struct connections_of of[2]; /* old, new */
	int error;
};

static int begin_count(struct connections_of *of, const struct generation *g,
		       const struct generation_facts *f, bool others)
{
	size_t i;

	of->master = g->subject.process.pid;
	of->ask = others || f->leaving;
	of->workers = malloc((g->count + 1) * sizeof(*of->workers));
	if (!of->workers)
		return -ENOMEM;
	for (i = 0; i < g->count; i++)
		of->workers[of->count++] = g->workers[i].pid;
	return 0;
}

static void count_clients(const struct world *w, const struct facts *f, bool others,
			  struct counted *ret)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	r = begin_count(&ret->of[0], &w->old, &f->old, others);
	if (!r && f->new.alive)
		r = begin_count(&ret->of[1], &w->new, &f->new, others);
	if (!r)
		r = connections_count(ret->of, f->new.alive ? 2 : 1);
	free(ret->of[0].workers);
	free(ret->of[1].workers);
	ret->error = r;
}

static void say_generation(const char *which, const struct generation *g,
			   const struct generation_facts *f, const struct counted *counted,
			   unsigned connections)
{
	char version[128];
	char age[32];
	char have[128];

	if (counted->error)
		(void)snprintf(have, sizeof(have), "connections not known: %s",
			       strerror(-counted->error));
	else
		(void)snprintf(have, sizeof(have), "%u connections", connections);

	if (strcmp(record_version(&g->subject, version, sizeof(version)), "unknown") == 0)
		(void)snprintf(version, sizeof(version), "of unknown version");
	{
		struct say_field fields[] = {
			{"generation", which, 0},
			{"pid", NULL, (uint64_t)g->subject.process.pid},
			{"version", version, 0},
			{"accepting", NULL, f->accepting},
			{"starting", NULL, f->starting},
			{"leaving", NULL, f->leaving},
			{"age_us", NULL, age_us(&g->subject.process)},
			{counted->error ? NULL : "connections", NULL, connections},
			{NULL, NULL, 0},
		};

		say_event(
			SAY_INFO, "generation", fields,
			"%s generation: master %d, nginx %s, for %s: %u workers accept, %u start, %u leave; %s",
			which, (int)g->subject.process.pid, version,
			duration_text(age_us(&g->subject.process), age, sizeof(age)), f->accepting,
			f->starting, f->leaving, have);
	}
}

/* Of who serves: while an old master drains, that is the new one, which then stands in its place.
 */
static void say_due(struct world *w, bool drains)
{
	char what[2 * PATH_MAX];
	struct replaced r;

	if (drains && !world_keep_new(w))
		return;
	replaced_find(&w->old_master, &r, what, sizeof(what));
	if (what[0])
		say(SAY_INFO, "an upgrade is due%s: %s",
		    drains ? ", and possible when the old master has gone" : "", what);
	else if (r.once_more)
		say(SAY_INFO,
		    "the binary was put in place once more, with the bytes that run: no upgrade is due. needrestart and dnf needs-restarting name nginx all the same, until one is made");
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
			   const struct facts *f)
{
	static const struct history none;
	const char *phase = phase_text(phase_of(f, &none));
	char who[128];

	switch (at_work_look(settings, site, who, sizeof(who))) {
	case AT_WORK_RUN:
		say(SAY_WARNING, "a handover is under way (%s): another run, %s, is at work on it",
		    phase, who);
		break;
	case AT_WORK_NOBODY:
		say(SAY_WARNING,
		    "a handover is unfinished (%s), and no nginx-handover is at work on it. %s",
		    phase, report_way_on(f));
		break;
	default:
		say(SAY_WARNING,
		    "a handover is under way or unfinished (%s); whether somebody is at work on it is for root to see. If nobody is: %s",
		    phase, report_way_on(f));
		break;
	}
}

static int say_world(const struct settings *settings, const struct site *site, struct world *w)
{
	static struct strays strays;
	struct counted counted;
	struct facts f;
	pid_t serves;
	int found;
	int r = observe(w, &f);

	if (r < 0) {
		say(SAY_ERROR,
		    "what nginx does cannot be looked at: %s. What to do: see the limits on open files (\"ulimit -n\") and on memory, and whether /proc shows all processes, then look again",
		    strerror(-r));
		return init_state(0, STATUS_UNKNOWN);
	}
	r = 0;
	if (world_unfinished(&f) && !say_held(settings, site, w, &f))
		say_unfinished(settings, site, &f);
	found = strays_find(w, 0, "", &strays);
	count_clients(w, &f, found < 0 || strays.count, &counted);
	say_generation(f.new.alive ? "old" : "the only", &w->old, &f.old, &counted,
		       counted.of[0].clients);
	if (f.new.alive)
		say_generation("new", &w->new, &f.new, &counted, counted.of[1].clients);
	if (f.quitting) {
		say(SAY_WARNING,
		    "nginx is stopping: master %d has had QUIT, listens no more, serves its last clients and goes",
		    (int)w->old.subject.process.pid);
		r = STATUS_NOT_RUNNING;
	}
	if (!f.quitting && !f.old.accepting && !f.new.accepting)
		say(SAY_WARNING, "no worker accepts connections");
	report_intruder(w);
	say_strays(&strays, found);
	report_quic_look(w, &f);
	serves = f.new.alive ? w->new.subject.process.pid : w->old.subject.process.pid;
	if (!f.new.alive || (f.closing && f.old.alive))
		say_due(w, f.new.alive);
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

	if (named)
		return init_state(named, 0);
	return init_state(0, say_problems(site, problems));
}

int command_status(const struct settings *settings)
{
	static struct world w;
	struct problems problems = {.count = 0};
	static struct site site;
	int r;

	world_init(&w);
	if (!site_find(settings, &site, &problems))
		return init_state(0, say_problems(&site, &problems));
	if (site_open_world(&site, &w, &problems))
		r = say_world(settings, &site, &w);
	else if (problems.list[0].exit_code == EXIT_NOT_RUNNING)
		r = init_state(0, say_not_running(&site, &w, &problems));
	else
		r = say_unseen(&site, &problems);
	world_close(&w);
	return r;
}
