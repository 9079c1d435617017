/*
 * reload. Where the binary or a module was replaced, and RELOAD_UPGRADES allows it, it is an
 * upgrade: HUP alone would go on with files that no longer exist. Else it tests the configuration,
 * sends HUP, and looks whether nginx took the configuration.
 *
 * Where an old master still drains, or is held, the reload is for the new master, which serves.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/configtest.h"
#include "commands/drain_watch.h"
#include "commands/hold.h"
#include "commands/keep_set.h"
#include "commands/limits.h"
#include "commands/session.h"
#include "commands/upgrade.h"
#include "core/decide.h"
#include "core/fault.h"
#include "core/look_http3.h"
#include "core/observe.h"
#include "core/world.h"
#include "nginx/ask_nginx.h"
#include "nginx/error_log.h"
#include "nginx/master.h"
#include "nginx/quic_steer.h"
#include "nginx/replaced.h"
#include "os/exit_code.h"
#include "os/limits.h"
#include "trust/actor.h"
#include "trust/program.h"
#include "ui/say.h"

static void say_due(enum say_level level, const char *what, const char *then)
{
	struct say_field fields[] = {{"due", what, 0}, {NULL, NULL, 0}};

	say_event(level, "due", fields, "%s. %s", what, then);
}

static bool serves_steered(const struct session *s)
{
	return strcmp(s->settings->quic, "steer") == 0 && quic_steer_built() &&
	       generation_serves_http3(&s->run.world.old);
}

/*
 * HUP loses clients of HTTP/3, since the new workers read the same UDP sockets as the old ones.
 * With QUIC=steer a reload is a handover to the same binary instead.
 */
static bool steers(const struct session *s)
{
	if (!serves_steered(s))
		return false;
	say(SAY_NOTICE,
	    "HTTP/3 is served: a new generation of nginx reads the configuration, since workers that a HUP replaces lose their clients (QUIC=steer)");
	return true;
}

/* Whether this reload is to be an upgrade. Prints what was replaced in either case. */
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
		return steers(s);
	if (all || (nginx_itself && strcmp(setting, "binary") == 0)) {
		say_due(SAY_NOTICE, what, "An upgrade is due");
		return true;
	}
	if (nginx_itself)
		say_due(SAY_WARNING, what,
			"An upgrade is due, which RELOAD_UPGRADES=no leaves to \"nginx-handover upgrade\": nginx only reads its configuration again");
	else
		say_due(SAY_NOTICE, what,
			"nginx goes on with the old files; RELOAD_UPGRADES=all, or \"nginx-handover upgrade\", would load the new ones");
	return !nginx_itself && steers(s);
}

/* nginx ignores USR2, without a word, as long as its old master lives. */
static int refuse_beside_old(const struct session *s, const char *old, bool held)
{
	const char *way =
		serves_steered(s)
			? "with QUIC=heal (--quic heal) and RELOAD_UPGRADES=no nginx reads its configuration at once, without the upgrade, and workers that are replaced lose clients of HTTP/3"
			: "with RELOAD_UPGRADES=no nginx reads its configuration at once, without the upgrade";

	say(SAY_ERROR,
	    "not reloaded: %s, and while it lives master %d ignores the USR2 that the upgrade needs. Nothing was done. What to do: \"nginx-handover finish\" %s, then reload again; %s",
	    old, (int)s->run.world.old.subject.process.pid,
	    held ? "ends that" : "waits for its end", way);
	return EXIT_UNFINISHED;
}

/* By the binary that the master executes, even if its file was removed: that one will read it. */
static int ask_configuration(struct session *s, struct ask_failure *why)
{
	const struct master *m = &s->run.world.old_master;
	struct program program = PROGRAM_NONE;
	struct actor as = actor_of(&m->subject, NULL);
	struct limits next;
	struct config_test t = {.program = &program, .as = &as};
	int r = program_of(&m->subject, &program);

	as.limits = limits_next(s, &next);
	t.wake_fd = s->run.waker.signals;
	t.arguments = config_arguments_of(&m->arguments);
	t.timeout_us = s->settings->test_timeout_us;
	if (r == 0)
		r = configtest_ask(&t, s->site.pid_path, why);
	else
		ask_not_started(r, why);
	program_close(&program);
	actor_free(&as);
	if (r == 0) {
		session_note_test(s, t.took_us);
		s->run.ask.workers = t.scan.workers;
	}
	return r;
}

/* 0, or the exit code after it has printed why. */
static int test_configuration(struct session *s)
{
	const struct master *m = &s->run.world.old_master;
	struct ask_failure why;
	char advice[PATH_MAX + 512];
	char stands[160];
	int r = ask_configuration(s, &why);

	if (r == 0)
		return 0;
	(void)snprintf(
		stands, sizeof(stands),
		". Nothing was signalled; master %d serves on with the configuration that it has",
		(int)m->subject.process.pid);
	if (why.kind >= ASK_OPTION)
		configtest_say_refused("not reloaded: nginx", &why, stands);
	else if (why.interrupted)
		say(SAY_ERROR, "interrupted before any signal; nothing was changed");
	else
		say(SAY_ERROR,
		    "not reloaded: the configuration could not be tested: %s%s. What to do: %s",
		    why.text, stands,
		    ask_advice(&why, m->subject.image_path, advice, sizeof(advice)));
	return why.kind >= ASK_OPTION ? r : EXIT_REFUSED;
}

/* Without our test nginx makes one at HUP, but writes the result to its error log alone. */
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
	int r;

	limits_ask(s);
	r = may_test(&run->world.old_master) ? test_configuration(s) : 0;
	if (r)
		return r;
	/* Again, since the test may have written to the same log. */
	error_log_close(&run->log);
	error_log_mark(run->world.old.subject.process.pid, &run->log);
	say(SAY_NOTICE, "reloading nginx: master %d, %u workers",
	    (int)run->world.old.subject.process.pid, run->facts.old.accepting);
	run->ask.goal = GOAL_RELOAD;
	r = session_drive(s);
	/* At HUP nginx may have loaded modules that were replaced. */
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
		return refuse_beside_old(s, old, held != NULL);
	return reload_configuration(s);
}

/*
 * The upgrade has failed, and the old nginx serves on. Whoever asked for the reload (certbot, for a
 * new certificate) wanted the configuration read, so that is done now; the exit code is that of the
 * failed upgrade. It takes a new session, since the first one has ended.
 */
static int reload_without_upgrade(struct session *s, const struct settings *settings)
{
	if (session_begin(s, settings, "reload"))
		return 0;
	if (world_unfinished(&s->run.facts) || s->run.facts.quitting) {
		session_end(s);
		return 0;
	}
	say(SAY_NOTICE, "the running nginx reads the configuration again, without the upgrade");
	(void)reload_configuration(s);
	session_end(s);
	return 0;
}

static bool was_interrupted(const struct session *s)
{
	return s->interrupted || s->run.fault == FAULT_INTERRUPTED ||
	       s->run.fault == FAULT_STOP_ASKED;
}

/*
 * Where the upgrade is refused because of the running master (which has "daemon off", say), it will
 * be refused at every reload; so the option that avoids it is printed. *ret_failed: the upgrade has
 * failed because of what was installed.
 */
static int upgrade_instead(struct session *s, bool *ret_failed)
{
	int r = upgrade_in_session(s);

	if (r == EXIT_REFUSED && s->never)
		say(SAY_NOTICE,
		    "\"nginx-handover reload --reload-upgrades no\" reads the configuration without the upgrade");
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

/* Without the lock beside a run that only waits for clients of the old generation: that may go on
 * for an hour. */
static int begin(struct session *s, const struct settings *settings)
{
	int r = session_find(s, settings);

	if (!r)
		r = at_work_drains(s) ? session_take_no_lock(s, "reload")
				      : session_take(s, "reload", 0);
	return r ? r : session_look(s);
}

static int reload_command(struct session *s, const struct settings *settings)
{
	struct settings same = *settings;
	bool upgrade_failed = false;
	int r = begin(s, settings);

	if (r)
		return r;
	hold_pick_up(s);
	drain_pick_up(s);
	r = session_conclude(s, reload(s, &upgrade_failed));
	same.pid_file = s->site.pid_path;
	if (upgrade_failed)
		(void)session_with(&same, reload_without_upgrade);
	return r;
}

int command_reload(const struct settings *settings)
{
	return session_with(settings, reload_command);
}
