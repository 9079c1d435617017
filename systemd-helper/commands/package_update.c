/*
 * package-update: what the hooks of packages call when everything is in place. It does nothing that
 * nobody wants done at the back of an installation, says one line about what it did, and in the
 * middle of a transaction waits for its end, in the background.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/upgrade.h"
#include "core/preflight.h"
#include "init/init.h"
#include "nginx/replaced.h"
#include "os/duration.h"
#include "ui/say.h"

/* How long a transaction may take, and how long another run that it has started (its own scripts
 * upgrade, or reload). */
#define TRANSACTION_US (3600ull * USEC_PER_SEC)
#define OTHER_RUN_US   (120u * USEC_PER_SEC)

/* An image is being made, or rpm --root: what runs here, if anything, is another system's. */
static bool in_chroot(void)
{
	struct stat of_init;
	struct stat ours;

	if (access("/proc/self", F_OK) < 0)
		return true;
	if (stat("/proc/1/root", &of_init) < 0 || stat("/", &ours) < 0)
		return false;
	return of_init.st_dev != ours.st_dev || of_init.st_ino != ours.st_ino;
}

/* Whether a handover is to be made. What is only reported is said. */
static bool is_due(const struct settings *settings, const struct master *m)
{
	const char *setting = settings->on_package_update;
	char what[2 * PATH_MAX];
	struct replaced r;
	bool nginx_itself;

	replaced_find(m, &r, what, sizeof(what));
	nginx_itself = r.binary || r.modules.count;
	if (!nginx_itself && !r.libraries.count)
		return false;
	if (strcmp(setting, "upgrade") == 0 || (nginx_itself && strcmp(setting, "auto") == 0))
		return true;
	say_release();
	say(SAY_NOTICE,
	    "%s. nginx (master %d) goes on with the old files; \"nginx-handover upgrade\" loads the new ones, and ON_PACKAGE_UPDATE=upgrade in the settings always does so",
	    what, (int)m->subject.process.pid);
	return false;
}

/* Looks without a lock and without a word. */
static bool is_wanted(const struct settings *settings)
{
	static struct world w;
	static struct site site;
	struct problems problems = {.count = 0};
	const char *not_ours;
	bool wanted = false;

	if (!site_find(settings, &site, &problems))
		return false;
	if (site_open_world(&site, &w, &problems)) {
		init_open();
		init_attach(w.old.subject.process.pid);
		not_ours = init_not_ours();
		wanted = is_due(settings, &w.old_master);
		if (wanted && not_ours) {
			say_release();
			say(SAY_NOTICE,
			    "nginx (master %d) is not what is installed, and was left alone: %s. \"nginx-handover upgrade\" hands over",
			    (int)w.old.subject.process.pid, not_ours);
			wanted = false;
		}
		init_close();
	} else {
		/* Where it runs behind a wrong pid file, the upgrade says so. */
		wanted = problems.list[0].exit_code != EXIT_NOT_RUNNING;
	}
	world_close(&w);
	return wanted;
}

/* A package's own script has made the handover, or somebody did by hand: what counts is who serves.
 */
static int while_draining(struct session *s)
{
	struct world *w = &s->run.world;
	pid_t drains = w->old.subject.process.pid;

	if (!world_keep_new(w)) {
		say(SAY_ERROR, "the master that serves is gone while old master %d drains",
		    (int)drains);
		return EXIT_UNFINISHED;
	}
	if (is_due(s->settings, &w->old_master)) {
		say(SAY_ERROR,
		    "old master %d still drains, and while it lives master %d cannot hand over",
		    (int)drains, (int)w->old.subject.process.pid);
		return EXIT_UNFINISHED;
	}
	say_release();
	say(SAY_NOTICE,
	    "nginx runs what is installed: it was handed over already; master %d serves, and old master %d still drains",
	    (int)w->old.subject.process.pid, (int)drains);
	return -1;
}

static int hand_over(struct session *s)
{
	struct problems problems = {.count = 0};
	int r = session_take(s, "package-update", OTHER_RUN_US);

	if (r)
		return r;
	if (session_open_world(s, &problems) < 0)
		return problems_say(&problems);
	if (s->run.facts.closing && s->run.facts.old.alive && s->run.facts.new.alive)
		return while_draining(s);
	if (world_unfinished(&s->run.facts))
		return upgrade_refuse_unfinished(&s->run);
	/* Who was waited for may have done it. */
	return is_due(s->settings, &s->run.world.old_master) ? upgrade_in_session(s) : -1;
}

static void say_outcome(const struct session *s, int code)
{
	const struct run *run = &s->run;

	say_release();
	if (code == 0 || code == EXIT_DRAINING)
		say(SAY_NOTICE,
		    "nginx %s -> %s: handed over without losing a connection; master %d serves%s",
		    run->old_version, run->new_version, (int)run->world.new.subject.process.pid,
		    code ? ", and the old one still drains" : "");
	else
		say(SAY_ERROR,
		    "nginx was not handed over to what has been installed (exit code %d). What to do: see above; %s",
		    code,
		    run->facts.closing
			    ? "\"nginx-handover finish\" waits for the end of the old master, and then \"nginx-handover upgrade\" tries again"
			    : "then \"nginx-handover upgrade\" tries again, and \"nginx-handover rollback\" puts back the binary that runs");
}

static int update(const struct settings *settings)
{
	static struct session s;
	int r;

	if (in_chroot() || strcmp(settings->on_package_update, "no") == 0)
		return 0;
	say_hold();
	if (!is_wanted(settings))
		return 0;
	r = session_find(&s, settings);
	if (!r)
		r = hand_over(&s);
	if (r >= 0)
		say_outcome(&s, r);
	session_end(&s);
	return r < 0 ? 0 : r;
}

/* rpm, and what called it, read its output to the end of the last process that has it. */
static void let_go_of_everything(void)
{
	int null = open("/dev/null", O_RDWR);
	long last = sysconf(_SC_OPEN_MAX);
	int fd;

	for (fd = 0; fd < 3 && null >= 0; fd++)
		(void)dup2(null, fd);
	for (fd = 3; fd < (last > 0 && last < 4096 ? last : 4096); fd++)
		(void)close(fd);
}

/* 0 in the process that goes on, else its pid, or -errno. */
static pid_t go_to_background(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	(void)setsid();
	(void)!chdir("/");
	let_go_of_everything();
	return 0;
}

static int update_later(const struct settings *settings)
{
	struct lock_subjects transaction;
	struct lock waiting;
	char holder[160];
	pid_t pid = go_to_background();
	int r;

	if (pid < 0)
		say(SAY_ERROR,
		    "no process can be started: %s. nginx was left as it is; \"nginx-handover upgrade\" hands over",
		    strerror((int)-pid));
	if (pid)
		return pid < 0;
	/* One is enough: it looks when the transaction has ended. */
	lock_subjects_init(&transaction);
	(void)lock_on_text(&transaction, "transaction", settings->after_lock);
	if (lock_take(&waiting, &transaction, "package-update", 0, holder, sizeof(holder)) < 0)
		return 0;
	r = lock_await(settings->after_lock, TRANSACTION_US);
	/* From here on a new one waits for what comes next. */
	lock_release(&waiting);
	if (r < 0) {
		say(SAY_ERROR,
		    "the transaction that holds %s did not come to an end: %s. Nothing was done",
		    settings->after_lock, strerror(-r));
		return 1;
	}
	return update(settings);
}

int command_package_update(const struct settings *settings)
{
	return settings->after_lock ? update_later(settings) : update(settings);
}
