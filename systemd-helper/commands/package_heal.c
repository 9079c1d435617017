/*
 * An update has ended the service: what served before is put back at the path, and the service is
 * started as it was, by systemd or by its init script. What the package manager says of the failure
 * is its own and stays; the exit code here is that of a handover that was undone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/init_script.h"
#include "commands/package_act.h"
#include "commands/record.h"
#include "commands/start.h"
#include "core/preflight.h"
#include "init/init.h"
#include "nginx/file_copy.h"
#include "ui/say.h"

enum { EXIT_UNDONE = 150 };

/* Puts the kept file at the path. 0, or the exit code with everything said. */
static int put_back(const struct builds *b, const struct kept *former)
{
	struct install_error failed;
	char reason[2 * PATH_MAX];
	struct distrust why;
	struct trusted t;
	int r = trusted_open(&b->believed, "", former->path, 0, &t, &why);
	int fd;

	memset(&failed, 0, sizeof(failed));
	if (r < 0) {
		say(SAY_ERROR, "the backup %s cannot be put back: %s", former->path,
		    distrust_text(&why, reason, sizeof(reason)));
		return 1;
	}
	r = fd = trusted_reopen(&t);
	if (fd >= 0) {
		r = restore_binary(&b->believed, b->root, b->target, fd, &failed);
		(void)close(fd);
	}
	trusted_close(&t);
	if (r < 0)
		say(SAY_ERROR, "the backup %s cannot be put back: could not %s %s: %s",
		    former->path, failed.step ? failed.step : "read", failed.path,
		    install_error_reason(&failed, r, reason, sizeof(reason)));
	return r < 0;
}

/* By whoever starts it at a boot; its exit code, or 0. */
static int start(struct session *s, const struct package_look *l)
{
	uint64_t timeout_us = s->settings->start_timeout_us + 3 * s->settings->test_timeout_us;
	struct init_down unit;
	int r;

	if (l->facts.down.unit_known) {
		if (!init_look_down(package_binary(s), &unit))
			return 1;
		return init_start_again(timeout_us) == INIT_JOB_DONE ? 0 : 1;
	}
	if (!init_script_exists(init_service())) {
		session_end(s); /* it has one of its own */
		return command_start(s->settings);
	}
	r = init_script_run(init_service(), "start", timeout_us);
	if (r < 0)
		say(SAY_ERROR, "the init script of %s could not be run: %s", init_service(),
		    strerror(-r));
	return r;
}

/* What serves now is looked at, not what was said. */
static bool serves(struct session *s, pid_t *ret_master)
{
	static const struct settings *settings;
	bool up;

	settings = s->settings;
	session_end(s);
	if (session_find(s, settings))
		return false;
	up = start_await(s);
	*ret_master = s->run.world.old.subject.process.pid;
	return up;
}

static int start_and_say(struct session *s, struct package_look *l, const char *with)
{
	char binary[PATH_MAX];
	pid_t master = 0;
	int r;

	(void)snprintf(binary, sizeof(binary), "%s", package_binary(s));
	r = start(s, l);
	if (serves(s, &master)) {
		say_release();
		say(SAY_ERROR,
		    "this update had ended nginx: it was started again %s, and master %d serves. Connections were refused in between. What to do: see what the update said above, and nginx's error log",
		    with, (int)master);
		l->now.served = true;
		return EXIT_UNDONE;
	}
	say_release();
	say(SAY_ERROR,
	    "this update has ended nginx, and it could not be started again %s (exit code %d). What to do: see above and in nginx's error log what is wrong, mend that, then \"nginx-handover start\"",
	    with, r);
	return EXIT_NOT_RUNNING;
}

int package_heal(struct session *s, struct package_look *l)
{
	static struct way_back w;
	const struct kept *former = package_former(package_binary(s), &s->site.believed, &w);
	char with[2 * PATH_MAX];
	int r;

	if (!former)
		return start_and_say(s, l, "with what is installed, since nothing else is kept");
	r = put_back(&w.builds, former);
	if (r) {
		say_release();
		return r;
	}
	(void)snprintf(
		with, sizeof(with),
		"with the build that served before, nginx %s, which stands at %s again (the package manager calls that file changed)",
		former->version, w.builds.target);
	return start_and_say(s, l, with);
}
