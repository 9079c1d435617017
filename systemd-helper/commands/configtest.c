/*
 * configtest: runs `nginx -t` with the binary that would be started or upgraded to, with the
 * arguments, the user and the root folder of the running master. It removes the empty pid file that
 * `nginx -t` creates where there was none.
 */
#include <stdlib.h>

#include "commands/beside.h"
#include "commands/commands.h"
#include "commands/configtest.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/start.h"
#include "commands/storage.h"
#include "core/preflight.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "trust/actor.h"
#include "trust/program.h"
#include "ui/say.h"

/* Where root has become the user who owns this nginx, that user needs the rights: it does not help
 * to call this as root. */
bool configtest_by_ordinary_user(void)
{
	return identity_user() != 0 && !identity_became();
}

int configtest_refused_code(const struct ask_failure *why)
{
	return why->kind == ASK_DENIED && configtest_by_ordinary_user() ? EXIT_NOT_PRIVILEGED
									: EXIT_CONFIG;
}

int configtest_failed_code(const struct ask_failure *why)
{
	switch (why->kind) {
	case ASK_NO_ANSWER:
	case ASK_INTERRUPTED:
	case ASK_TIMEOUT:
	case ASK_PIPE:
	case ASK_RESOURCES: return EXIT_FAILED;
	case ASK_FORBIDDEN:
		return configtest_by_ordinary_user() ? EXIT_NOT_PRIVILEGED : EXIT_NOT_INSTALLED;
	default: return EXIT_NOT_INSTALLED;
	}
}

void configtest_say_warnings(const struct config_warnings *w)
{
	size_t i;

	for (i = 0; i < w->count && i < CONFIG_WARNINGS_MAX; i++)
		say(SAY_WARNING, "nginx: %s", w->list[i]);
	if (w->count > CONFIG_WARNINGS_MAX)
		say(SAY_WARNING, "nginx: and %u more warnings, which \"nginx -t\" shows",
		    (unsigned)(w->count - CONFIG_WARNINGS_MAX));
}

void configtest_say_refused(const char *begin, const struct ask_failure *why, const char *end)
{
	if (configtest_refused_code(why) == EXIT_NOT_PRIVILEGED)
		say(SAY_ERROR,
		    "%s may not do, as uid %u, what the configuration needs: %s%s. What to do: run this as root, or as the user that nginx is to run as",
		    begin, (unsigned)identity_user(), why->text, end);
	else
		say(SAY_ERROR,
		    "%s refuses the configuration: %s%s. What to do: correct it; \"nginx-handover configtest\" tells when it is right",
		    begin, why->text, end);
}

int configtest_run(struct config_test *t, const char *pid_path, struct ask_failure *why)
{
	int r = config_test_start(t);

	if (r < 0) {
		ask_not_started(r, why);
		return r;
	}
	r = config_test_finish(t, why);
	config_test_sweep(t, pid_path);
	return r;
}

int configtest_ask(struct config_test *t, const char *pid_path, struct ask_failure *why)
{
	int r = configtest_run(t, pid_path, why);

	configtest_say_warnings(&t->warnings);
	config_test_free(t);
	if (r > 0)
		return configtest_refused_code(why);
	return r < 0 ? configtest_failed_code(why) : 0;
}

/* Runs the test and prints its result. Returns the exit code. */
static int run_test(struct config_test *t, const char *pid_path)
{
	const char *shown = t->program->shown;
	struct ask_failure why;
	char advice[PATH_MAX + 512];
	int r = configtest_ask(t, pid_path, &why);

	if (r == 0)
		say(SAY_NOTICE, "%s accepts the configuration", shown);
	else if (why.kind >= ASK_OPTION)
		configtest_say_refused(shown, &why, "");
	else
		say(SAY_ERROR, "%s could not be asked: %s. What to do: %s", shown, why.text,
		    ask_advice(&why, shown, advice, sizeof(advice)));
	return r;
}

/* Tests as the running master does, with the binary that it would execute; where none runs, as a
 * start would. */
static int test_configuration(const struct settings *settings, struct session *s)
{
	struct program program = PROGRAM_NONE;
	struct config_test *t = storage_new(sizeof(*t));
	struct actor as = actor_ourselves();
	const struct master *m = &s->run.world.old_master;
	int r = 0;

	if (!t)
		return EXIT_FAILED;
	t->program = &program;
	t->wake_fd = -1;
	t->as = &as;
	t->timeout_us = settings->test_timeout_us;
	if (site_open_world(&s->site, &s->run.world, &s->problems)) {
		s->site.believed = s->run.world.believed;
		s->init->ops.note(s->init, INIT_FOUND_RUNNING, 0, NULL);
		as = actor_of(&m->subject, NULL);
		if (!settings->conf && !arguments_known(m, &s->problems)) {
			free(t);
			actor_free(&as);
			return problems_say(&s->problems);
		}
		t->arguments = config_arguments_of(&m->arguments);
		if (!settings->nginx && master_binary(m, s->site.nginx) < 0)
			s->site.nginx[0] = '\0';
	} else if (s->problems.list[0].exit_code == EXIT_NOT_RUNNING) {
		beside_note_stopped(s);
	}
	r = start_find_binary(&s->site);
	if (!r)
		r = start_program(s, &program);
	if (settings->conf)
		t->arguments.conf = settings->conf;
	if (!r)
		r = run_test(t, s->site.pid_path);
	free(t);
	program_close(&program);
	actor_free(&as);
	return r;
}

static int find_and_test(struct session *s, const struct settings *settings)
{
	int r = session_find(s, settings);

	/* nginx -t may create an empty pid file, which is then removed. Neither may happen during
	 * a handover. */
	if (!r)
		r = session_lock(&s->lock, settings, &s->site, "configtest",
				 session_patience_us(s));
	if (!r)
		r = test_configuration(settings, s);
	session_end(s);
	return r;
}

int command_configtest(const struct settings *settings)
{
	return session_with(settings, find_and_test);
}
