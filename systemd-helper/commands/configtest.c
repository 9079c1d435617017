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
		say(SAY_NOTICE, "%s accepts the configuration", t->path);
	else if (r == EXIT_CONFIG)
		say(SAY_ERROR, "%s refuses the configuration: %s", t->path, why.text);
	else
		say(SAY_ERROR, "%s could not be asked: %s", t->path, why.text);
	return r;
}

int command_configtest(const struct settings *settings)
{
	static struct world w;
	struct config_test t = {.wake_fd = -1};
	struct problems problems = {.count = 0};
	char target[PATH_MAX];
	struct lock lock;
	struct site site;
	int r;

	if (!site_find(settings, &site, &problems))
		return problems_say(&problems);
	/* The empty pid file that nginx makes, and its removal, may not meet a handover. */
	r = session_lock(&lock, settings, &site, "configtest", 0);
	if (r)
		return r;
	if (site_open_world(&site, &w, &problems) && master_binary(&w.old_master, target) == 0) {
		t.path = settings->nginx ? settings->nginx : target;
		t.as = master_surroundings(&w.old_master);
		t.arguments = config_arguments_of(&w.old_master.arguments);
	} else {
		if (!start_find_binary(&site)) {
			lock_release(&lock);
			return EXIT_NOT_INSTALLED;
		}
		t.path = site.nginx;
	}
	if (settings->conf)
		t.arguments.conf = settings->conf;
	r = run_test(&t, site.pid_path);
	world_close(&w);
	lock_release(&lock);
	return r;
}
