/*
 * restart: tests the configuration before it stops anything, and starts what ran before: the same
 * binary with the same -c, -p, -g and -e, where the settings do not say otherwise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/beside.h"
#include "commands/commands.h"
#include "commands/keep.h"
#include "commands/restart.h"
#include "commands/session.h"
#include "commands/site.h"
#include "commands/start.h"
#include "commands/storage.h"
#include "core/preflight.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"
#include "nginx/title.h"
#include "os/exit_code.h"
#include "os/rooted.h"
#include "trust/actor.h"
#include "trust/program.h"
#include "ui/say.h"

/*
 * The binary by the path that the master was started from, not by where that leads now: a link on
 * the way may choose the version, and is to go on doing so. "": the settings say which, or the path
 * is unknown.
 */
static void plan_binary(struct restart_plan *p, const struct master *m)
{
	char reached[PATH_MAX];

	if (p->settings.nginx || m->subject.other_root || master_binary(m, reached) < 0 ||
	    master_binary_name(m, p->nginx) < 0)
		p->nginx[0] = '\0';
}

void restart_plan_arguments(struct restart_plan *p, const struct master *m)
{
	char cmdline[TITLE_MAX];

	if (m->subject.other_root ||
	    title_read(m->subject.process.pid, cmdline, sizeof(cmdline)) <= 0 ||
	    title_parse(cmdline, &p->title) < 0)
		return;
	p->arguments = config_arguments_of(&p->title);
	p->arguments.argv0 = NULL;
	/* A relative -p is seen from the master's working folder, not from ours. */
	if (p->arguments.prefix && path_join(m->cwd, p->arguments.prefix, p->prefix) == 0)
		p->arguments.prefix = p->prefix;
	if (p->settings.conf)
		p->arguments.conf = p->settings.conf;
}

/* As the user of the master m, or, where m is NULL, as ourselves. */
static int test_as(struct session *s, const struct restart_plan *p, const struct master *m)
{
	struct program program = PROGRAM_NONE;
	struct actor as = m ? actor_of(&m->subject, NULL) : actor_ourselves();
	int r = start_program(s, &program);

	if (!r)
		r = start_test(s, &p->arguments, &program, &as,
			       "nginx was not restarted, nothing was stopped");
	program_close(&program);
	actor_free(&as);
	return r;
}

bool restart_is_others(struct session *s)
{
	const char *who = s->init->ops.ends_with(s->init);

	if (who)
		say(SAY_ERROR,
		    "nginx was not restarted, nothing was stopped: %s would end with it, and its supervisor starts both again. What to do: have that supervisor restart it (\"sv restart\", \"s6-svc -r\", \"supervisorctl restart\", \"systemctl restart\"); another binary or configuration needs no restart: \"nginx-handover upgrade\", \"nginx-handover reload\"",
		    who);
	return who != NULL;
}

/* Tests before anything is stopped. 0, or the exit code. */
static int test(struct session *s, struct restart_plan *p)
{
	const struct master *m = NULL;
	int r = session_take(s, "restart", 0);

	if (r)
		return r;
	if (session_open_world(s) == 0) {
		m = &s->run.world.old_master;
		if (restart_is_others(s))
			return EXIT_REFUSED;
		if (!arguments_known(m, &s->problems))
			return problems_say(&s->problems);
		plan_binary(p, m);
		restart_plan_arguments(p, m);
		s->site.believed = s->run.world.believed;
	} else if (s->problems.list[0].exit_code != EXIT_NOT_RUNNING) {
		return problems_say(&s->problems);
	} else {
		beside_note_stopped(s);
	}
	if (p->nginx[0])
		memcpy(s->site.nginx, p->nginx, sizeof(p->nginx));
	r = start_find_binary(&s->site);
	if (r)
		return r;
	/* The start must execute what was tested here, and not look for a binary again. */
	memcpy(p->nginx, s->site.nginx, sizeof(p->nginx));
	return test_as(s, p, m);
}

int restart_now(const struct restart_plan *p, bool *ret_stopped)
{
	struct settings start = p->settings;
	struct init *caller = p->settings.caller;
	int r = caller->ops.announce(caller, "stop");

	if (!r)
		r = command_stop(&p->settings);
	caller->ops.conclude(caller, r);
	*ret_stopped = r == 0;
	if (r)
		return r;
	if (p->nginx[0])
		start.nginx = p->nginx;
	r = caller->ops.announce(caller, "start");
	if (!r)
		r = start_with(&start, &p->arguments);
	caller->ops.conclude(caller, r);
	return r;
}

/* Fills the plan. The session is ended after it. 0, or the exit code after it has printed why. */
static int plan_restart(struct session *s, const struct settings *settings, struct restart_plan *p)
{
	int r = session_find(s, settings);

	if (r)
		return r;
	p->settings = *settings;
	p->settings.pid_file = s->site.pid_path;
	p->arguments.conf = settings->conf;
	r = test(s, p);
	if (!r && s->run.world.old.subject.process.pid > 0)
		keep_what_serves(s);
	session_end(s);
	/* The init script prints a line of its own about the test only when that fails. */
	if (r) {
		struct init *caller = settings->caller;

		(void)caller->ops.announce(caller, r == EXIT_CONFIG ? "configtest" : "stop");
		caller->ops.conclude(caller, r);
	}
	return r;
}

static int restart_command(struct session *s, const struct settings *settings)
{
	struct restart_plan *p = storage_new(sizeof(*p));
	bool stopped;
	int r;

	if (!p)
		return EXIT_FAILED;
	r = plan_restart(s, settings, p);
	if (!r)
		r = restart_now(p, &stopped);
	free(p);
	return r;
}

int command_restart(const struct settings *settings)
{
	return session_with(settings, restart_command);
}

static int try_restart_command(struct session *s, const struct settings *settings)
{
	bool runs;
	int r = session_find(s, settings);

	if (r)
		return r;
	runs = session_open_world(s) == 0 || s->problems.list[0].exit_code != EXIT_NOT_RUNNING;
	if (!runs)
		beside_note_stopped(s);
	session_end(s);
	if (runs)
		return command_restart(settings);
	say(SAY_NOTICE, "nginx does not run: nothing to restart");
	return 0;
}

int command_try_restart(const struct settings *settings)
{
	return session_with(settings, try_restart_command);
}
