/*
 * An update has ended the service. What served before is put back at the path, and the service is
 * started again, by the init system or by its init script. The exit code is that of a handover that
 * was undone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/init_script.h"
#include "commands/package_act.h"
#include "commands/package_check.h"
#include "commands/package_look.h"
#include "commands/session.h"
#include "commands/start.h"
#include "commands/verdict.h"
#include "init/init.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/sets.h"
#include "nginx/swap.h"
#include "os/exit_code.h"
#include "trust/path.h"
#include "ui/say.h"

/* Opens the kept build for reading. The descriptor, or -errno with *failed filled in. */
static int open_build(const struct package_former *f, struct install_error *failed)
{
	const char *path = f->build->path;
	struct distrust why;
	struct trusted t;
	int fd = trusted_open(&f->builds.believed, "", path, 0, &t, &why);

	if (fd < 0)
		return install_distrusted(failed, "read", path, &why, fd);
	fd = trusted_reopen(&t);
	trusted_close(&t);
	return fd < 0 ? install_failed(failed, "read", path, fd) : fd;
}

/* Adds the binary and its modules to *swap. 0 or more; or -errno with *failed filled in. */
static int stage(struct swap *swap, const struct package_former *f, struct install_error *failed)
{
	const struct builds *b = &f->builds;
	int fd = f->build ? open_build(f, failed) : -1;
	int r = 0;

	if (f->build && fd < 0)
		return fd;
	if (f->build) {
		r = swap_add(swap, &b->believed, b->root, b->target, fd, f->build->path, failed);
		(void)close(fd);
	}
	return r < 0 || !f->set ? r : sets_stage(b, f->set, swap, failed);
}

/* All of the files, or none. 0, or the exit code after it has printed why. */
static int put_back(const struct package_former *f)
{
	struct install_error failed;
	char reason[INSTALL_REASON_SIZE];
	struct swap swap;
	int r;

	memset(&failed, 0, sizeof(failed));
	swap_begin(&swap);
	r = stage(&swap, f, &failed);
	if (r >= 0)
		r = swap_commit(&swap, &failed);
	swap_end(&swap);
	if (r >= 0)
		verdict_changed();
	if (r < 0)
		say(SAY_ERROR,
		    "this update has ended nginx, and the build that served before cannot be put back: could not %s %s: %s. What to do: fix that, and install an nginx that works (\"nginx-handover backups\" shows what is kept), then \"nginx-handover start\"",
		    failed.step, failed.path,
		    install_error_reason(&failed, r, reason, sizeof(reason)));
	return r < 0 ? EXIT_FAILED : 0;
}

/* Starts nginx as a boot would. 0, or an exit code. */
static int start(struct session *s, const struct package_look *l)
{
	uint64_t timeout_us = s->settings->start_timeout_us + 3 * s->settings->test_timeout_us;
	const char *service = init_service(s->init);
	struct init_down unit;
	char binary[PATH_MAX];
	int r;

	(void)package_binary(s, binary);
	if (l->facts.down.unit_known) {
		if (!s->init->ops.down(s->init, binary, &unit))
			return EXIT_FAILED;
		return s->init->ops.start_again(s->init, timeout_us) == INIT_JOB_DONE ? 0
										      : EXIT_FAILED;
	}
	if (!init_script_starts(service, binary)) {
		session_end(s); /* "start" opens its own session, and needs the lock */
		return command_start(s->settings);
	}
	/* Else the init system takes the service for started, and does nothing. */
	s->init->ops.note(s->init, INIT_STOPPED, 0, NULL);
	r = init_script_run(service, "start", timeout_us);
	if (r < 0)
		say(SAY_ERROR,
		    "the init script of %s could not be run: %s. What to do: fix that, then \"nginx-handover start\"",
		    service, strerror(-r));
	return r < 0 ? EXIT_FAILED : r;
}

/* Whether nginx really serves now, in a new look at it. */
static bool serves(struct session *s, pid_t *ret_master)
{
	const struct settings *settings = s->settings;
	bool up;

	session_end(s);
	if (session_find(s, settings))
		return false;
	up = start_await(s);
	*ret_master = s->run.world.old.subject.process.pid;
	return up;
}

static int start_and_say(struct session *s, struct package_look *l, const char *with)
{
	pid_t master = 0;
	int r;

	r = start(s, l);
	if (!r && serves(s, &master)) {
		say_forget();
		say_release();
		say(SAY_ERROR,
		    "this update had ended nginx: it was started again %s, and master %d serves. Connections were refused in between. What to do: see what the update said above, and nginx's error log",
		    with, (int)master);
		l->now.served = true;
		return EXIT_UNDONE;
	}
	say_release();
	say(SAY_ERROR,
	    "this update has ended nginx, and it could not be started again %s (exit code %d). What to do: see above and in nginx's error log what is wrong, fix that, then \"nginx-handover start\"",
	    with, r);
	return EXIT_NOT_RUNNING;
}

/* "with the build that served before, ..." */
static const char *what_is_back(const struct package_former *f, char *ret, size_t size)
{
	const char *path = f->build ? f->builds.target : f->set->modules[0].path;
	char check[512];
	char which[PATH_MAX + 128];

	if (!package_check(&path, 1, check, sizeof(check)))
		check[0] = '\0';
	if (f->build)
		(void)snprintf(which, sizeof(which), "nginx %s, which is at %s again",
			       f->build->version, path);
	else
		(void)snprintf(which, sizeof(which), "whose modules (%u) are back", f->modules);
	(void)snprintf(ret, size, "with the build that served before, %s%s%s%s", which,
		       check[0] ? " (\"" : "", check, check[0] ? "\" shows it as changed)" : "");
	return ret;
}

static struct package_former *find_former(const struct session *s)
{
	char binary[PATH_MAX];

	return package_find_former(package_binary(s, binary), &s->site.believed);
}

int package_heal(struct session *s, struct package_look *l)
{
	const struct settings *settings = s->settings;
	struct package_former *former;
	char with[PATH_MAX + 1024] = "with what is installed, since nothing else is kept";
	int r = 0;

	former = find_former(s);
	if (!former)
		(void)snprintf(
			with, sizeof(with),
			"with what is installed, since there was no memory to look for what is kept");
	if (former && (former->build || former->modules)) {
		r = put_back(former);
		(void)what_is_back(former, with, sizeof(with));
	}
	free(former);
	session_end(s);
	if (!r)
		r = session_find(s, settings);
	if (!r)
		return start_and_say(s, l, with);
	say_release();
	return r;
}
