/*
 * The adapter for System V init scripts, in the manner of CentOS 6: a line with a mark for the
 * person at the console, the words of "status" that monitoring looks for, and the lock file without
 * which /etc/rc.d/rc does not call the script at shutdown (initscripts: rc, "Check if the subsystem
 * is already up").
 *
 * Everything else that is said waits for the mark, so that the line stays whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/console.h"
#include "init/init.h"
#include "os/identity.h"
#include "ui/say.h"

#define SUBSYS "/var/lock/subsys"

/* LSB: exit codes of init scripts. */
enum {
	STATUS_RUNS = 0,
	STATUS_DEAD_PID_FILE = 1,
	STATUS_DEAD_LOCKED = 2,
	STATUS_STOPPED = 3,
	NOT_PRIVILEGED = 4
};

enum { EXIT_DRAINING = 151, EXIT_HELD = 156, EXIT_UNREAD = 157 };

/* What goes before the service's name. */
static const struct {
	const char *verb;
	const char *words;
} lines[] = {
	{"start", "Starting"},
	{"stop", "Stopping"},
	{"reload", "Reloading"},
	{"force-reload", "Reloading"},
	{"upgrade", "Upgrading"},
	{"rollback", "Rolling back"},
	{"finish", "Finishing the upgrade of"},
	{"reopen", "Reopening the logs of"},
	{"rotate", "Reopening the logs of"},
	{"configtest", "Testing the configuration of"},
};

static const char *words; /* of the command under way; NULL: it prints no line */
static bool printed;      /* they stand on the terminal, and wait for their mark */
static bool warned;       /* that the lock file cannot be made, which is tried more than once */

static bool detect(void)
{
	return init_has_service();
}

static const char *words_of(const char *verb)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strcmp(lines[i].verb, verb) == 0)
			return lines[i].words;
	}
	return NULL;
}

/* With -v everything is shown as it comes, and the line stands below it. */
static int announce(const char *verb)
{
	const struct say_options *how = say_how();

	if (!console_has_colours())
		say_plain();
	words = how->quiet || how->json ? NULL : words_of(verb);
	printed = words && !how->verbose;
	/* What "backups" says is its answer. */
	if (!how->verbose && !how->json && strcmp(verb, "backups") != 0)
		say_hold();
	if (printed)
		console_words(words, init_service());
	if (geteuid() == 0 || strcmp(verb, "status") == 0)
		return 0;
	say(SAY_ERROR, "only root may do that. Nothing was done");
	return NOT_PRIVILEGED;
}

static void conclude(int code)
{
	if (words && !printed)
		console_words(words, init_service());
	if (words)
		console_mark(code == 0 || code == EXIT_HELD                 ? MARK_OK
			     : code == EXIT_DRAINING || code == EXIT_UNREAD ? MARK_WARNING
									    : MARK_FAILED);
	words = NULL;
	say_release();
}

static void lock_path(char ret[128])
{
	(void)snprintf(ret, 128, SUBSYS "/%s", init_service());
}

static bool is_locked(void)
{
	char path[128];

	lock_path(path);
	return access(path, F_OK) == 0;
}

/* status of functions(initscripts 9) has these words. */
static int state(pid_t master, int code)
{
	const char *name = init_service();
	char text[256];

	if (code == STATUS_STOPPED && is_locked())
		code = STATUS_DEAD_LOCKED;
	switch (code) {
	case STATUS_RUNS:
		(void)snprintf(text, sizeof(text), "%s (pid  %d) is running...", name, (int)master);
		break;
	case STATUS_DEAD_PID_FILE:
		(void)snprintf(text, sizeof(text), "%s dead but pid file exists", name);
		break;
	case STATUS_DEAD_LOCKED:
		(void)snprintf(text, sizeof(text), "%s dead but subsys locked", name);
		break;
	case STATUS_STOPPED: (void)snprintf(text, sizeof(text), "%s is stopped", name); break;
	default:
		(void)snprintf(text, sizeof(text), "%s status unknown%s", name,
			       geteuid() == 0 ? "" : " due to insufficient privileges.");
		break;
	}
	if (!say_how()->json)
		console_line(text);
	return code;
}

static const char *not_ours(void)
{
	return access(SUBSYS, F_OK) == 0 && !is_locked()
		       ? "it was started by hand, not by its init script"
		       : NULL;
}

/* The folder is root's, also where nginx is somebody else's. */
static void make_lock_file(void)
{
	char path[128];
	int fd;

	if (access(SUBSYS, F_OK) < 0)
		return;
	lock_path(path);
	identity_lift();
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	identity_lower();
	if (fd >= 0)
		(void)close(fd);
	else if (!warned)
		say(SAY_WARNING,
		    "the lock file %s could not be made: %s. Without it a shutdown does not stop nginx in order",
		    path, strerror(errno));
	warned = fd < 0;
}

static void started(pid_t master, const char *status)
{
	(void)master;
	(void)status;
	make_lock_file();
}

static void stopped(void)
{
	char path[128];
	int r;

	lock_path(path);
	identity_lift();
	r = unlink(path);
	identity_lower();
	if (r < 0 && errno != ENOENT)
		say(SAY_WARNING, "the lock file %s could not be removed: %s", path,
		    strerror(errno));
}

/* One that was started by hand has clients, too, when the machine is shut down. */
static void found(bool runs)
{
	if (runs)
		make_lock_file();
	else
		stopped();
}

const struct init_ops init_sysv = {
	.name = "sysv",
	.detect = detect,
	.announce = announce,
	.conclude = conclude,
	.state = state,
	.not_ours = not_ours,
	.found = found,
	.started = started,
	.stopped = stopped,
};
