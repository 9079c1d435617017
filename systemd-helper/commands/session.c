/* The common begin and end of commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/beside.h"
#include "commands/report.h"
#include "commands/session.h"
#include "core/preflight.h"
#include "init/init.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/procfs.h"
#include "ui/say.h"

static void add_process(struct lock_subjects *s, pid_t pid)
{
	struct process p = PROCESS_NONE;

	if (process_open(pid, &p) < 0)
		return;
	(void)lock_on_process(s, &p);
	process_close(&p);
}

/* A master, and in the middle of a handover the one that it comes from: whom the file names is
 * enough. */
static void add_masters(struct lock_subjects *s, const struct site *site, const char *ending)
{
	struct pid_file pid_file;
	struct pid_file beside;
	struct proc_stat stat;
	pid_t pid;

	pid_file_open(&pid_file, &site->believed, site->pid_path);
	pid_file_open_beside(&beside, &pid_file, ending);
	pid = pid_file_peek(&beside);
	pid_file_close(&beside);
	pid_file_close(&pid_file);
	if (!pid)
		return;
	add_process(s, pid);
	if (procfs_stat(pid, &stat) == 0 && stat.parent > 1 && master_titled(stat.parent))
		add_process(s, stat.parent);
}

int session_subjects(const struct settings *settings, const struct site *site,
		     struct lock_subjects *ret)
{
	int r;

	lock_subjects_init(ret);
	r = lock_on_pid_file(ret, "", site->pid_path);
	add_masters(ret, site, "");
	add_masters(ret, site, OLDBIN_SUFFIX);
	if (settings->conf)
		(void)lock_on_file(ret, "conf", settings->conf);
	if (settings->service)
		(void)lock_on_text(ret, "service", settings->service);
	return r;
}

int session_lock(struct lock *lock, const struct settings *settings, const struct site *site,
		 const char *verb, uint64_t wait_us)
{
	struct lock_subjects subjects;
	char holder[160];
	int r;

	lock->fd = -1;
	(void)snprintf(lock->path, sizeof(lock->path), "%s", site->pid_path);
	r = session_subjects(settings, site, &subjects);
	if (!r)
		r = lock_take(lock, &subjects, verb, wait_us, holder, sizeof(holder));
	if (r == -EWOULDBLOCK) {
		say(SAY_ERROR,
		    "another run is at work on this nginx: %s. Nothing was done; wait for it, or look with \"nginx-handover status\"",
		    holder);
		return EXIT_LOCKED;
	}
	if (r < 0) {
		say(SAY_ERROR, "the lock %s cannot be taken: %s. Nothing was done", lock->path,
		    strerror(-r));
		return 1;
	}
	return 0;
}

static void fill_ask(struct session *s)
{
	struct ask *ask = &s->run.ask;

	ask->start_timeout_us = s->settings->start_timeout_us;
	ask->settle_us = s->settings->settle_us;
	ask->drain_timeout_us = s->settings->drain_timeout_us;
	ask->drain_term = strcmp(s->settings->drain_expired, "term") == 0;
}

int session_find(struct session *s, const struct settings *settings)
{
	struct problems problems = {.count = 0};

	memset(s, 0, sizeof(*s));
	s->settings = settings;
	s->lock.fd = -1;
	s->run.log.fd = -1;
	world_init(&s->run.world);
	s->run.events = &report_events;
	init_open();
	if (site_find(settings, &s->site, &problems))
		return 0;
	session_end(s);
	return problems_say(&problems);
}

int session_take(struct session *s, const char *verb, uint64_t wait_us)
{
	int r = session_lock(&s->lock, s->settings, &s->site, verb, wait_us);

	s->verb = verb;
	if (r) {
		session_end(s);
		return r;
	}
	r = waker_open(&s->run.waker);
	if (r < 0) {
		say(SAY_ERROR, "no signal can be caught: %s. Nothing was done", strerror(-r));
		session_end(s);
		return 1;
	}
	s->waker_open = true;
	fill_ask(s);
	return 0;
}

int session_open_world(struct session *s, struct problems *problems)
{
	int r;

	if (!site_open_world(&s->site, &s->run.world, problems))
		return -1;
	s->run.world.resumed = true;
	init_attach(s->run.world.new.subject.process.pid > 0
			    ? s->run.world.new.subject.process.pid
			    : s->run.world.old.subject.process.pid);
	error_log_mark(s->run.world.old.subject.process.pid, &s->run.log);
	r = observe(&s->run.world, &s->run.facts);
	report_intruder(&s->run.world);
	if (r < 0)
		problem_advise(problem_add(problems, 1, "/proc cannot be read: %s", strerror(-r)),
			       "see what \"ls /proc/self\" says");
	return r;
}

int session_look(struct session *s)
{
	struct problems problems = {.count = 0};
	int r = 0;

	if (session_open_world(s, &problems) < 0) {
		r = problems_say(&problems);
		session_close_world(s);
		if (r == EXIT_NOT_RUNNING)
			beside_say(s);
		session_end(s);
	}
	return r;
}

int session_begin(struct session *s, const struct settings *settings, const char *verb)
{
	int r = session_find(s, settings);

	if (!r)
		r = session_take(s, verb, 0);
	return r ? r : session_look(s);
}

static pid_t some_worker(const struct generation *g)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (g->workers[i].title == TITLE_WORKER)
			return g->workers[i].pid;
	}
	return 0;
}

static void settle_init(const struct run *run)
{
	struct init_end end = {.round = run_round(run)};
	char status[256];

	if (run->outcome == OUTCOME_DONE)
		end.worker = some_worker(&run->world.new);
	end.status = report_status(run, status, sizeof(status));
	init_settle(&end);
}

/* To the init system its job is done when nginx runs what was asked for, or is stopped when it
 * wanted that in the middle. */
static int job_code(const struct run *run, int code)
{
	if (code == EXIT_DRAINING)
		return 0;
	if (run->outcome == OUTCOME_STOPPED && init_stop_is_wanted())
		return 0;
	if (code == 0 || run->outcome == OUTCOME_STOPPED || !init_kills_on_failure())
		return code;
	say(SAY_ERROR,
	    "this ends as a success (exit code 0 in place of %d), though it failed: systemd still takes a dead master for the main process and would kill nginx after a failure. Now it reads the pid file instead. NotifyAccess=exec in the unit, on a systemd newer than 219, spares that",
	    code);
	return 0;
}

int session_drive(struct session *s)
{
	int r = drive(&s->run);

	if (r < 0) {
		say(SAY_ERROR,
		    "/proc cannot be read any more (%s). Nothing more was signalled; look with \"nginx-handover status\", which says what to do next",
		    strerror(-r));
		return 155;
	}
	settle_init(&s->run);
	report_intruder(&s->run.world);
	if (s->run.outcome == OUTCOME_STOPPED)
		init_stopped();
	report_end(&s->run);
	r = run_exit_code(&s->run);
	return init_is_control() ? job_code(&s->run, r) : r;
}

int session_refuse_quitting(const struct session *s)
{
	say(SAY_ERROR,
	    "master %d has had QUIT: it listens no more, serves its last clients, and takes no other signal. Nothing was done. What to do: \"nginx-handover start\" waits for its end and starts nginx",
	    (int)s->run.world.old.subject.process.pid);
	return EXIT_REFUSED;
}

void session_close_world(struct session *s)
{
	error_log_close(&s->run.log);
	world_close(&s->run.world);
	world_init(&s->run.world);
}

void session_end(struct session *s)
{
	session_close_world(s);
	if (s->waker_open)
		waker_close(&s->run.waker);
	s->waker_open = false;
	lock_release(&s->lock);
	init_close();
}
