/*
 * reload: an upgrade where nginx itself is not what runs, and RELOAD_UPGRADES allows it; else the
 * configuration test, HUP, and a look whether nginx took the configuration. HUP alone would go on
 * with a binary and modules that stand nowhere any more.
 *
 * Where an old master still drains, or is held, all this is about the new one, which serves.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/configtest.h"
#include "commands/hold.h"
#include "commands/keep_set.h"
#include "commands/upgrade.h"
#include "core/preflight.h"
#include "nginx/replaced.h"
#include "ui/say.h"

static void say_due(enum say_level level, const char *what, const char *then)
{
	struct say_field fields[] = {{"due", what, 0}, {NULL, NULL, 0}};

	say_event(level, "due", fields, "%s. %s", what, then);
}

/* Whether this reload is to be an upgrade. What was replaced is said in any case. */
static bool becomes_upgrade(const struct session *s)
{
	const char *setting = s->settings->reload_upgrades;
	bool all = strcmp(setting, "all") == 0;
	char what[2 * PATH_MAX];
	struct replaced r;
	bool nginx_itself;

	replaced_find(&s->run.world.old_master, &r, what, sizeof(what));
	nginx_itself = r.binary || r.modules.count;
	if (!nginx_itself && !r.libraries.count)
		return false;
	if (all || (nginx_itself && strcmp(setting, "binary") == 0)) {
		say_due(SAY_NOTICE, what, "An upgrade is due");
		return true;
	}
	if (nginx_itself)
		say_due(SAY_WARNING, what,
			"An upgrade is due, which RELOAD_UPGRADES=no leaves to \"nginx-handover upgrade\": nginx only reads its configuration anew");
	else
		say_due(SAY_NOTICE, what,
			"nginx goes on with the old files; RELOAD_UPGRADES=all, or \"nginx-handover upgrade\", would load the new ones");
	return false;
}

/* What waits at USR2 has not been upgraded: nginx would ignore it without a word. */
static int refuse_beside_old(const char *old, pid_t serves, bool held)
{
	say(SAY_ERROR,
	    "not reloaded: %s, and while it lives master %d ignores the USR2 that the upgrade needs. Nothing was done. What to do: \"nginx-handover finish\" %s, then reload again; with RELOAD_UPGRADES=no the configuration alone is read anew at once",
	    old, (int)serves, held ? "ends that" : "waits for its end");
	return EXIT_UNFINISHED;
}

/* The binary that runs is asked, wherever it stands now: it is the one that will read it. */
static int test_configuration(struct session *s)
{
	const struct master *m = &s->run.world.old_master;
	struct program program = PROGRAM_NONE;
	struct actor as = actor_of(&m->subject, NULL);
	struct config_test t = {.program = &program, .as = &as};
	struct ask_failure why;
	char advice[PATH_MAX + 512];
	char stands[160];
	int r = program_of(&m->subject, &program);

	t.wake_fd = s->run.waker.signals;
	t.arguments = config_arguments_of(&m->arguments);
	t.timeout_us = s->settings->test_timeout_us;
	if (r == 0)
		r = configtest_ask(&t, s->site.pid_path, &why);
	else
		ask_not_started(r, &why);
	program_close(&program);
	actor_free(&as);
	if (r == 0) {
		session_note_test(s, t.took_us);
		s->run.ask.workers = t.scan.workers;
		return 0;
	}
	(void)snprintf(
		stands, sizeof(stands),
		". Nothing was signalled; master %d serves on with the configuration that it has",
		(int)m->subject.process.pid);
	if (why.fault >= ASK_OPTION)
		configtest_say_refused("not reloaded: nginx", &why, stands);
	else if (why.interrupted)
		say(SAY_ERROR, "interrupted before any signal; nothing was changed");
	else
		say(SAY_ERROR,
		    "not reloaded: the configuration could not be tested: %s%s. What to do: %s",
		    why.text, stands,
		    ask_advice(&why, m->subject.image_path, advice, sizeof(advice)));
	return why.fault >= ASK_OPTION ? r : EXIT_REFUSED;
}

/* nginx tests it by itself, too; and tells only its error log. */
static bool may_test(const struct master *m)
{
	if (m->arguments.cut)
		say(SAY_WARNING,
		    "the title of master %d does not show all its arguments, so that the configuration is not tested before nginx reads it",
		    (int)m->subject.process.pid);
	return !m->arguments.cut;
}

static int reload_configuration(struct session *s)
{
	struct run *run = &s->run;
	int r = may_test(&run->world.old_master) ? test_configuration(s) : 0;

	if (r)
		return r;
	/* The test may have written to the same log. */
	error_log_close(&run->log);
	error_log_mark(run->world.old.subject.process.pid, &run->log);
	say(SAY_NOTICE, "reloading nginx: master %d, %u workers",
	    (int)run->world.old.subject.process.pid, run->facts.old.accepting);
	run->ask.goal = GOAL_RELOAD;
	r = session_drive(s);
	/* It may have loaded a module that was replaced since. */
	if (!r)
		keep_set_of_new(s, &run->world.old_master.subject, NULL);
	return r;
}

/* held: NULL where the old master has had QUIT. */
static int reload_beside_old(struct session *s, const struct hold_seen *held)
{
	struct run *run = &s->run;
	char old[HOLD_OLD_SIZE];
	pid_t serves;

	(void)hold_old_text(run->world.old.subject.process.pid, held, old);
	if (!world_keep_new(&run->world) || observe(&run->world, &run->facts) < 0) {
		say(SAY_ERROR,
		    "not reloaded: the master that serves is gone, or cannot be looked at. Nothing was done; look with \"nginx-handover status\"");
		return EXIT_REFUSED;
	}
	serves = run->world.old.subject.process.pid;
	say(SAY_NOTICE, "%s; this is about master %d, which serves%s", old, (int)serves,
	    held ? ". A rollback would bring back the configuration of before as well" : "");
	if (becomes_upgrade(s))
		return refuse_beside_old(old, serves, held != NULL);
	return reload_configuration(s);
}

/*
 * What was installed does not do, and what runs serves on. Whoever asked for a reload (certbot: a
 * new certificate) meant the configuration, and gets that; the upgrade has failed all the same. In
 * a session of its own, since the first one is over.
 */
static void reload_without_upgrade(const struct settings *settings, const char *pid_path)
{
	static struct session s;
	struct settings same = *settings;

	same.pid_file = pid_path;
	if (session_begin(&s, &same, "reload"))
		return;
	if (world_unfinished(&s.run.facts) || s.run.facts.quitting) {
		session_end(&s);
		return;
	}
	say(SAY_NOTICE, "the configuration is read anew without the upgrade, by what runs");
	(void)reload_configuration(&s);
	session_end(&s);
}

static bool was_interrupted(const struct session *s)
{
	return s->interrupted || s->run.fault == FAULT_INTERRUPTED ||
	       s->run.fault == FAULT_STOP_ASKED;
}

/*
 * Where the upgrade is refused because of the master that runs (daemon off, say), it is refused
 * each time: then the settings should say that none is wanted. *ret_failed: it has failed because
 * of what was installed.
 */
static int upgrade_instead(struct session *s, bool *ret_failed)
{
	int r = upgrade_in_session(s);

	if (r == EXIT_REFUSED && s->never)
		say(SAY_NOTICE,
		    "\"nginx-handover reload --reload-upgrades no\" reads the configuration anew without the upgrade");
	*ret_failed = !session_handed_over(r) && r > 0 && !s->never && !was_interrupted(s);
	return r;
}

static int reload(struct session *s, bool *ret_upgrade_failed)
{
	const struct facts *f = &s->run.facts;
	struct hold_seen held;

	if (f->closing && f->old.alive && f->new.alive)
		return reload_beside_old(s, NULL);
	if (f->quitting)
		return session_refuse_quitting(s);
	if (hold_is_on(s, &held))
		return reload_beside_old(s, &held);
	if (world_unfinished(f))
		return upgrade_refuse_unfinished(s);
	return becomes_upgrade(s) ? upgrade_instead(s, ret_upgrade_failed)
				  : reload_configuration(s);
}

/* Beside a run that waits for clients of the old generation; that may take it an hour. */
static int begin(struct session *s, const struct settings *settings)
{
	int r = session_find(s, settings);

	if (!r)
		r = at_work_drains(s) ? session_take_no_lock(s, "reload")
				      : session_take(s, "reload", 0);
	return r ? r : session_look(s);
}

int command_reload(const struct settings *settings)
{
	static struct session s;
	bool upgrade_failed = false;
	int r = begin(&s, settings);

	if (r)
		return r;
	r = session_conclude(&s, reload(&s, &upgrade_failed));
	if (upgrade_failed)
		reload_without_upgrade(settings, s.site.pid_path);
	return r;
}
