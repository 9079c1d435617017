/*
 * reopen: sends USR1 to every generation, and looks whether each process has closed the log files
 * that were moved away. A worker opens the new ones itself, as its own user. Where that user may
 * not (a log folder of mode 0750, say) it goes on writing to the old file, and only nginx's error
 * log tells.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/drain_watch.h"
#include "commands/hold.h"
#include "commands/session.h"
#include "commands/verdict.h"
#include "core/act.h"
#include "core/cause.h"
#include "core/facts.h"
#include "core/observe.h"
#include "core/world.h"
#include "nginx/log_files.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/procfs.h"
#include "os/waker.h"
#include "ui/say.h"

enum { GENERATIONS = 2 };

static const struct generation *generation_of(const struct run *run, size_t i)
{
	const struct generation_facts *f = i ? &run->facts.new : &run->facts.old;

	if (!f->alive)
		return NULL;
	return i ? &run->world.new : &run->world.old;
}

/* Whether the process has one of these files open. */
static bool has_any(pid_t pid, const struct log_files *wanted)
{
	struct log_files its;
	bool found = false;
	size_t i;

	/* The process has ended. */
	if (log_files_of(pid, &its) < 0)
		return false;
	for (i = 0; i < wanted->count && !found; i++)
		found = log_files_have(&its, &wanted->list[i]);
	log_files_free(&its);
	return found;
}

/*
 * A process of this generation that has not reopened its logs yet; 0: all have. files: what the
 * master had open before USR1. What it has open now was not moved away, and is removed from the
 * list.
 */
static pid_t who_is_behind(const struct generation *g, bool idle, struct log_files *files)
{
	struct log_files now;
	size_t i;

	if (!idle || log_files_of(g->subject.process.pid, &now) < 0)
		return g->subject.process.pid;
	log_files_without(files, &now);
	log_files_free(&now);
	for (i = 0; i < g->count; i++) {
		if (has_any(g->workers[i].pid, files))
			return g->workers[i].pid;
	}
	return 0;
}

/*
 * A worker that has not taken its USR1 yet; 0: all have. For a generation whose master has had
 * QUIT: that master does not reopen its files, so that nothing shows which were moved away.
 */
static pid_t who_has_it_pending(const struct generation *g)
{
	struct proc_signals signals;
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (procfs_signals(g->workers[i].pid, &signals) == 0 &&
		    (signals.pending & SIGNAL_BIT(SIGUSR1)))
			return g->workers[i].pid;
	}
	return 0;
}

typedef pid_t behind_fn(const struct run *run, struct log_files before[GENERATIONS]);

static pid_t behind_of_masters(const struct run *run, struct log_files before[GENERATIONS])
{
	pid_t behind = 0;
	size_t i;

	for (i = run->facts.closing ? 1 : 0; i < GENERATIONS && !behind; i++) {
		const struct generation *g = generation_of(run, i);

		if (g)
			behind = who_is_behind(g, i ? run->facts.new.idle : run->facts.old.idle,
					       &before[i]);
	}
	return behind;
}

static pid_t behind_of_draining(const struct run *run, struct log_files before[GENERATIONS])
{
	(void)before;
	return who_has_it_pending(&run->world.old);
}

/* Waits until nobody is behind, up to START_TIMEOUT. Returns who still is, or 0. */
static pid_t await_all(struct session *s, behind_fn *fn, struct log_files before[GENERATIONS])
{
	struct run *run = &s->run;
	uint64_t began_us = clock_us();
	uint64_t until_us = began_us + s->settings->start_timeout_us;
	pid_t behind;

	do {
		behind = run->world.old.subject.process.pid;
		if (observe(&run->world, &run->facts) < 0)
			break;
		behind = fn(run, before);
		if (!behind || waker_take_signal())
			break;
		waker_wait(&run->waker, began_us, until_us);
	} while (clock_us() < until_us);
	return behind;
}

static int say_result(const struct session *s, pid_t behind)
{
	char line[768];
	char time[32];
	bool refused = run_cause_of_all(&s->run, line, sizeof(line));

	if (!behind && !refused) {
		say(SAY_NOTICE, "every process of nginx has reopened its log files");
		return 0;
	}
	if (behind)
		say(SAY_ERROR,
		    "process %d of nginx still writes to a log file that was moved away, after %s (--start-timeout)%s%s. What to do: see that its user may write to the new file and pass every folder on the way, then try again",
		    (int)behind, duration_text(s->settings->start_timeout_us, time, sizeof(time)),
		    refused ? ": " : "", refused ? line : "");
	else
		say(SAY_ERROR,
		    "nginx could not reopen a log file, and still writes to the old one: %s. What to do: fix that, then \"nginx-handover reopen\"",
		    line);
	return EXIT_FAILED;
}

static int reopen(struct session *s)
{
	struct log_files before[GENERATIONS];
	pid_t behind = 0;
	size_t i;
	int r;

	memset(before, 0, sizeof(before));
	for (i = 0; i < GENERATIONS; i++) {
		const struct generation *g = generation_of(&s->run, i);

		if (g && log_files_of(g->subject.process.pid, &before[i]) < 0)
			before[i].count = 0;
	}
	r = act_reopen(&s->run);
	if (!r)
		verdict_changed();
	if (!r)
		behind = await_all(s, behind_of_masters, before);
	if (!r && !behind && s->run.facts.closing) {
		r = act_reopen_draining(&s->run);
		behind = await_all(s, behind_of_draining, before);
	}
	if (r < 0)
		say(SAY_ERROR,
		    "nginx could not be signalled: %s. Look with \"nginx-handover status\"",
		    strerror(-r));
	r = r < 0 ? EXIT_FAILED : say_result(s, behind);
	for (i = 0; i < GENERATIONS; i++)
		log_files_free(&before[i]);
	return r;
}

/*
 * logrotate has moved the files already, so this cannot be refused in the middle of a handover. A
 * run that only waits is not disturbed by USR1; the end of any other is waited for.
 */
static int begin(struct session *s, const struct settings *settings)
{
	int r = session_find(s, settings);

	if (!r)
		r = at_work_waits(s) ? session_take_no_lock(s, "reopen")
				     : session_take(s, "reopen", 0);
	return r ? r : session_look(s);
}

static int reopen_command(struct session *s, const struct settings *settings)
{
	int r = begin(s, settings);

	if (r)
		return r;
	hold_pick_up(s);
	drain_pick_up(s);
	r = reopen(s);
	session_end(s);
	return r;
}

int command_reopen(const struct settings *settings)
{
	return session_with(settings, reopen_command);
}
