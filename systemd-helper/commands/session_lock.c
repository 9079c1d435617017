/* The lock of a session: what it is about, and how long the run that has it is waited for. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/session.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/duration.h"
#include "os/error_text.h"
#include "os/procfs.h"
#include "ui/say.h"

/* What a "start" still has to do when nginx serves. */
#define START_ENDS_US (2u * USEC_PER_SEC)

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
		    error_text(-r));
		return 1;
	}
	return 0;
}

/* How long another run may take, as far as our own settings tell. */
static uint64_t longest_run_us(const struct settings *settings)
{
	return 2 * CONFIG_TEST_TIMEOUT_US + 3 * settings->start_timeout_us + settings->settle_us +
	       settings->drain_timeout_us;
}

static void keep_signals(void)
{
	sigset_t kept;

	(void)sigemptyset(&kept);
	(void)sigaddset(&kept, SIGINT);
	(void)sigaddset(&kept, SIGTERM);
	(void)sigaddset(&kept, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &kept, NULL);
}

uint64_t session_patience_us(const struct session *s)
{
	struct process holder = PROCESS_NONE;
	struct lock_subjects subjects;
	uint64_t wait_us = 0;
	char what[64];

	if (session_subjects(s->settings, &s->site, &subjects) < 0 ||
	    lock_holder(&subjects, &holder, what, sizeof(what)) < 0)
		return 0;
	if (init_is_part() && init_waits_for(holder.pid)) {
		say(SAY_NOTICE,
		    "another run is at work on this nginx: %s (pid %d). Its end is waited for: a refusal might have systemd end that run, or call the service failed",
		    what, (int)holder.pid);
		keep_signals(); /* for the run that follows */
		wait_us = longest_run_us(s->settings);
	} else if (strcmp(what, "start") == 0) {
		wait_us = START_ENDS_US;
	}
	process_close(&holder);
	return wait_us;
}
