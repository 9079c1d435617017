/*
 * configtest: what `nginx -t` says, by the binary that would be started or handed over to, with the
 * running master's arguments, user and view of the files, and without the empty pid file that
 * `nginx -t` leaves where none was.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/configtest.h"
#include "commands/session.h"
#include "commands/start.h"
#include "core/preflight.h"
#include "ui/say.h"

int configtest_ask(struct config_test *t, const char *pid_path, struct ask_failure *why)
{
	int r = config_test_start(t);

	if (r < 0) {
		why->interrupted = false;
		(void)snprintf(why->text, sizeof(why->text), "no process can be started: %s",
			       strerror(-r));
		return 1;
	}
	r = config_test_finish(t, why);
	config_test_sweep(t, pid_path);
	config_test_free(t);
	if (r > 0)
		return EXIT_CONFIG;
	return r < 0 ? EXIT_NOT_INSTALLED : 0;
}

/* Has it made and says what came of it. Returns the exit code. */
static int run_test(struct config_test *t, const char *pid_path)
{
	struct ask_failure why;
	int r = configtest_ask(t, pid_path, &why);

	if (r == 0)
		say(SAY_NOTICE, "%s accepts the configuration", t->program->shown);
	else if (r == EXIT_CONFIG)
		say(SAY_ERROR, "%s refuses the configuration: %s", t->program->shown, why.text);
	else
		say(SAY_ERROR, "%s could not be asked: %s", t->program->shown, why.text);
	return r;
}

/* As the master that runs, with what it would execute; else as it would be started. */
static int test(const struct settings *settings, struct session *s)
{
	struct problems problems = {.count = 0};
	struct program program = PROGRAM_NONE;
	struct config_test t = {.program = &program, .wake_fd = -1};
	struct actor as = actor_ourselves();
	const struct master *m = &s->run.world.old_master;
	int r = 0;

	t.as = &as;
	if (site_open_world(&s->site, &s->run.world, &problems)) {
		s->site.believed = s->run.world.believed;
		as = actor_of(&m->subject, NULL);
		t.arguments = config_arguments_of(&m->arguments);
		if (!settings->nginx && master_binary(m, s->site.nginx) < 0)
			s->site.nginx[0] = '\0';
	}
	if (!start_find_binary(&s->site))
		r = EXIT_NOT_INSTALLED;
	if (!r)
		r = start_program(s, &program);
	if (settings->conf)
		t.arguments.conf = settings->conf;
	if (!r)
		r = run_test(&t, s->site.pid_path);
	program_close(&program);
	actor_free(&as);
	return r;
}

int command_configtest(const struct settings *settings)
{
	static struct session s;
	int r = session_find(&s, settings);

	/* The empty pid file that nginx makes, and its removal, may not meet a handover. */
	if (!r)
		r = session_lock(&s.lock, settings, &s.site, "configtest", 0);
	if (!r)
		r = test(settings, &s);
	session_end(&s);
	return r;
}
