/* The lock of a session: what it covers, and how long to wait for the run that has it. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/duration.h"
#include "os/error_text.h"
#include "os/exit_code.h"
#include "os/lock.h"
#include "os/lock_subjects.h"
#include "os/process.h"
#include "os/procfs.h"
#include "ui/say.h"

/* How long a "start" may go on after nginx serves. */
#define START_ENDS_US (2u * USEC_PER_SEC)

/* How long it may take to write down a handover that has ended: the trace, the history, the removal
 * of old copies. */
#define WRITTEN_US (10u * USEC_PER_SEC)

/* How long "doctor" may take beside its two tests of the configuration. */
#define LOOK_US (10u * USEC_PER_SEC)

static void add_process(struct lock_subjects *s, pid_t pid)
{
	struct process p = PROCESS_NONE;

	if (process_open(pid, &p) < 0)
		return;
	(void)lock_on_process(s, &p);
	process_close(&p);
}

/*
 * The master that the pid file names, and in a handover also the old master, which is its parent.
 * This is only about the lock, so what the file says need not be proven.
 */
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

bool session_holder(const struct settings *settings, const struct site *site, struct process *ret,
		    char *ret_verb, size_t size)
{
	struct lock_subjects subjects;

	return session_subjects(settings, site, &subjects) == 0 &&
	       lock_holder(&subjects, ret, ret_verb, size, NULL) == 0;
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
		    "another run is at work on this nginx: %s. Nothing was done. What to do: wait for it, or look with \"nginx-handover status\"",
		    holder);
		return EXIT_LOCKED;
	}
	if (r < 0) {
		say(SAY_ERROR,
		    "the lock %s cannot be taken: %s. Nothing was done. What to do: see that its folder is there and can be written (\"df\", \"mount\"), then try again",
		    lock->path, error_text(-r));
		return EXIT_FAILED;
	}
	return 0;
}

/* How long another run may take, if it has the same settings. */
static uint64_t longest_run_us(const struct settings *settings)
{
	return 2 * CONFIG_TEST_TIMEOUT_US + 3 * settings->start_timeout_us + settings->settle_us +
	       settings->drain_timeout_us;
}

/* They stay pending until session_take() unblocks them. */
static void block_signals(void)
{
	sigset_t kept;

	(void)sigemptyset(&kept);
	(void)sigaddset(&kept, SIGINT);
	(void)sigaddset(&kept, SIGTERM);
	(void)sigaddset(&kept, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &kept, NULL);
}

/* What "heal" does: it waits for a worker that starts. */
#define HEAL_US (10u * USEC_PER_SEC)

/* These have the lock only while they test the configuration, and never for long. */
static bool only_looks(const char *verb)
{
	return strcmp(verb, "doctor") == 0 || strcmp(verb, "configtest") == 0;
}

uint64_t session_patience_us(const struct session *s)
{
	struct process holder = PROCESS_NONE;
	struct lock_subjects subjects;
	uint64_t wait_us = 0;
	bool ends = false;
	const char *why;
	char what[64];

	if (session_subjects(s->settings, &s->site, &subjects) < 0 ||
	    lock_holder(&subjects, &holder, what, sizeof(what), &ends) < 0)
		return 0;
	why = s->init->part ? s->init->ops.waits_for(s->init, holder.pid) : NULL;
	if (why) {
		say(SAY_NOTICE,
		    "another run is at work on this nginx: %s (pid %d). Its end is waited for: %s",
		    what, (int)holder.pid, why);
		block_signals(); /* they are for this run, after the wait */
		wait_us = longest_run_us(s->settings);
	} else if (strcmp(what, "start") == 0) {
		wait_us = START_ENDS_US;
	} else if (strcmp(what, "heal") == 0) {
		wait_us = HEAL_US;
	} else if (only_looks(what)) {
		say(SAY_NOTICE,
		    "another run only looks at this nginx: %s (pid %d). Its end is waited for",
		    what, (int)holder.pid);
		wait_us = 2 * s->settings->test_timeout_us + LOOK_US;
	} else if (ends) {
		wait_us = WRITTEN_US;
	}
	process_close(&holder);
	return wait_us;
}
