/* What a start needs: a binary that may be executed, and that accepts its configuration. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/configtest.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/start.h"
#include "core/problems.h"
#include "nginx/abandoned.h"
#include "nginx/ask_nginx.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "os/rooted.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

int start_find_binary(struct site *site)
{
	if (!site->nginx[0] && !site_usual_binary(site->nginx)) {
		say(SAY_ERROR,
		    "no nginx was found in the usual places. What to do: say where it is with --nginx");
		return EXIT_NOT_INSTALLED;
	}
	if (access(site->nginx, X_OK) == 0)
		return 0;
	if (errno == EACCES && configtest_by_ordinary_user()) {
		say(SAY_ERROR,
		    "uid %u may not execute %s. What to do: run this as root, or as the user that nginx is to run as",
		    (unsigned)identity_user(), site->nginx);
		return EXIT_NOT_PRIVILEGED;
	}
	say(SAY_ERROR,
	    "%s cannot be executed: %s. What to do: install nginx there, or say where it is with --nginx",
	    site->nginx, strerror(errno));
	return EXIT_NOT_INSTALLED;
}

/* Refuses an nginx that would start, but could never be upgraded, or would write another pid file
 * than the one that we look at. */
static int check_scan(struct session *s, const struct config_test *t)
{
	const struct settings *settings = s->settings;

	/* Not under "run", where nginx never daemonises. */
	if (t->scan.daemon_off && !s->execute) {
		say(SAY_ERROR,
		    "the configuration says \"daemon off\": such an nginx cannot be upgraded without being stopped. What to do: remove that line");
		return EXIT_CONFIG;
	}
	if (t->scan.pid && t->scan.pid[0] == '/' && settings->pid_file &&
	    strcmp(t->scan.pid, s->site.pid_path) != 0) {
		char resolved[PATH_MAX];
		char said[PATH_MAX];

		if (rooted_path("", t->scan.pid, resolved) < 0 ||
		    rooted_path("", s->site.pid_path, said) < 0 || strcmp(resolved, said) != 0) {
			say(SAY_ERROR,
			    "the configuration names the pid file %s, not %s. What to do: make the two agree",
			    t->scan.pid, s->site.pid_path);
			return EXIT_CONFIG;
		}
	}
	return 0;
}

int start_program(struct session *s, struct program *ret)
{
	char what[PATH_MAX + 64];
	struct distrust why;
	int r = program_at(&s->site.believed, "", s->site.nginx, ret, &why);

	if (r == 0)
		return 0;
	problems_clear(&s->problems);
	(void)snprintf(what, sizeof(what), "%s is not executed", s->site.nginx);
	if (r == -EPERM)
		problem_distrust(&s->problems, EXIT_REFUSED, what, &why);
	else
		problem_advise(problem_add(&s->problems,
					   r == -EACCES && configtest_by_ordinary_user()
						   ? EXIT_NOT_PRIVILEGED
						   : EXIT_NOT_INSTALLED,
					   "%s: %s", what, strerror(-r)),
			       r == -EACCES ? "run this as a user who may execute it"
					    : "put a complete nginx binary there");
	return problems_say(&s->problems);
}

/* With such a socket nginx would not start: "address already in use". */
static void sweep_sockets(const struct session *s, const struct config_scan *scan)
{
	unsigned removed = abandoned_sweep(scan, &s->site.believed);

	if (removed)
		say(SAY_NOTICE, "unix sockets of an nginx that was killed were removed: %u",
		    removed);
}

/* otherwise: what was not done for that. */
static int say_refused(const char *otherwise, const struct ask_failure *why)
{
	char begin[PATH_MAX + 64];

	(void)snprintf(begin, sizeof(begin), "%s: it", otherwise);
	configtest_say_refused(begin, why, "");
	return configtest_refused_code(why);
}

static int say_not_asked(const char *otherwise, const char *nginx, const struct ask_failure *why)
{
	char advice[PATH_MAX + 512];

	say(SAY_ERROR, "%s: %s: %s. What to do: %s", otherwise, nginx, why->text,
	    ask_advice(why, nginx, advice, sizeof(advice)));
	return configtest_failed_code(why);
}

int start_test(struct session *s, const struct config_arguments *arguments,
	       const struct program *program, const struct actor *as, const char *otherwise)
{
	struct config_test t = {.program = program, .as = as, .wake_fd = s->run.waker.signals};
	struct ask_failure why;
	int code;
	int r;

	t.timeout_us = s->settings->test_timeout_us;
	t.arguments = *arguments;
	r = configtest_run(&t, s->site.pid_path, &why);
	if (r > 0) {
		configtest_say_warnings(&t.warnings);
		code = say_refused(otherwise, &why);
	} else if (r < 0) {
		code = say_not_asked(otherwise, s->site.nginx, &why);
	} else {
		session_note_test(s, t.took_us);
		s->run.ask.workers = t.scan.workers;
		code = check_scan(s, &t);
		if (!code)
			sweep_sockets(s, &t.scan);
	}
	config_test_free(&t);
	return code;
}
