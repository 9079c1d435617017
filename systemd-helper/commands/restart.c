/*
 * restart: nothing is stopped before the configuration has been tested, and what comes back is what
 * ran (the binary, -c, -p, -g, -e), but for what the settings say.
 */
#include <stdio.h>
#include <string.h>

#include "commands/beside.h"
#include "commands/commands.h"
#include "commands/keep.h"
#include "commands/restart.h"
#include "commands/start.h"
#include "core/preflight.h"
#include "init/init.h"
#include "os/procfs.h"
#include "os/rooted.h"
#include "ui/say.h"

/*
 * The binary that the running master would execute at USR2, or else the one it was started as. By
 * the path that it was started from: a link on the way goes on choosing the version.
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
	/* nginx takes it from its working folder, and ours is another. */
	if (p->arguments.prefix && path_join(m->cwd, p->arguments.prefix, p->prefix) == 0)
		p->arguments.prefix = p->prefix;
	if (p->settings.conf)
		p->arguments.conf = p->settings.conf;
}

/* As the master that runs, or as ourselves. */
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

/* Tests before anything is stopped. 0, or the exit code. */
static int test(struct session *s, struct restart_plan *p)
{
	struct problems problems = {.count = 0};
	const struct master *m = NULL;
	int r = session_take(s, "restart", 0);

	if (r)
		return r;
	if (session_open_world(s, &problems) == 0) {
		m = &s->run.world.old_master;
		if (!arguments_known(m, &problems))
			return problems_say(&problems);
		plan_binary(p, m);
		restart_plan_arguments(p, m);
		s->site.believed = s->run.world.believed;
	} else if (problems.list[0].exit_code != EXIT_NOT_RUNNING) {
		return problems_say(&problems);
	} else {
		beside_note_stopped(s);
	}
	if (p->nginx[0])
		memcpy(s->site.nginx, p->nginx, sizeof(p->nginx));
	r = start_find_binary(&s->site);
	if (r)
		return r;
	/* What is tested is what is started: the start would look for one of its own. */
	memcpy(p->nginx, s->site.nginx, sizeof(p->nginx));
	return test_as(s, p, m);
}

int restart_now(const struct restart_plan *p, bool *ret_stopped)
{
	struct settings start = p->settings;
	int r = init_announce("stop");

	if (!r)
		r = command_stop(&p->settings);
	init_conclude(r);
	*ret_stopped = r == 0;
	if (r)
		return r;
	if (p->nginx[0])
		start.nginx = p->nginx;
	r = init_announce("start");
	if (!r)
		r = start_with(&start, &p->arguments);
	init_conclude(r);
	return r;
}

int command_restart(const struct settings *settings)
{
	static struct session s;
	static struct restart_plan p;
	bool stopped;
	int r = session_find(&s, settings);

	if (r)
		return r;
	memset(&p, 0, sizeof(p));
	p.settings = *settings;
	p.settings.pid_file = s.site.pid_path;
	p.arguments.conf = settings->conf;
	r = test(&s, &p);
	if (!r && s.run.world.old.subject.process.pid > 0)
		keep_what_serves(&s);
	session_end(&s);
	if (!r)
		return restart_now(&p, &stopped);
	/* The test has a line of its own only when it fails. */
	(void)init_announce(r == EXIT_CONFIG ? "configtest" : "stop");
	init_conclude(r);
	return r;
}

int command_try_restart(const struct settings *settings)
{
	static struct session s;
	struct problems problems = {.count = 0};
	bool runs;
	int r = session_find(&s, settings);

	if (r)
		return r;
	runs = session_open_world(&s, &problems) == 0 ||
	       problems.list[0].exit_code != EXIT_NOT_RUNNING;
	if (!runs)
		beside_note_stopped(&s);
	session_end(&s);
	if (runs)
		return command_restart(settings);
	say(SAY_NOTICE, "nginx does not run: nothing to restart");
	return 0;
}
