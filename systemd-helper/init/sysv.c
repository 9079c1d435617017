/*
 * The adapter for System V init scripts, in the manner of CentOS 6. It prints a line with a mark
 * for the person at the console, and the words of "status" that monitoring looks for. It keeps the
 * lock file without which /etc/rc.d/rc does not call the script at shutdown (initscripts: rc,
 * "Check if the subsystem is already up").
 *
 * All other messages wait until the mark is printed, so that the line stays whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/console.h"
#include "init/init.h"
#include "init/limits.h"
#include "init/service_words.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "ui/say.h"

#define SUBSYS "/var/lock/subsys"

/* LSB has it for "status" beside those of STATUS_CODES: the lock file is there. */
enum { STATUS_DEAD_LOCKED = 2 };

struct sysv {
	struct service_line line; /* of the command under way */
	bool warned; /* the failure to make the lock file was said: it is tried more than once */
};

static struct sysv *sysv_of(const struct init *init)
{
	return init->state;
}

static enum init_evidence evidence(const char *service, pid_t master)
{
	(void)master;
	return service ? INIT_CALLED : INIT_NO;
}

/*
 * The output of a command that only looks is what it was called for: it does not wait for a mark.
 * A test of the configuration has a mark, and "status" has a line of ours in place of its own.
 */
static bool answers(const struct init *init, const char *verb)
{
	return init->looks && !service_has_line(verb) && strcmp(verb, "status") != 0;
}

static int announce(struct init *init, const char *verb)
{
	struct sysv *s = sysv_of(init);
	const struct say_options *how = say_how();

	if (!console_has_colours())
		say_plain();
	s->line = service_line_of(verb);
	if (!how->verbose && !how->json && !answers(init, verb))
		say_hold();
	if (s->line.printed)
		console_words(s->line.words, init_service(init));
	return service_permits(verb);
}

static void conclude(struct init *init, int code)
{
	struct sysv *s = sysv_of(init);

	if (s->line.words && !s->line.printed)
		console_words(s->line.words, init_service(init));
	if (s->line.words)
		console_mark(code == 0 || code == EXIT_HELD                 ? MARK_OK
			     : code == EXIT_DRAINING || code == EXIT_UNREAD ? MARK_WARNING
									    : MARK_FAILED);
	s->line.words = NULL;
	say_release();
}

static void lock_path(const struct init *init, char ret[128])
{
	(void)snprintf(ret, 128, SUBSYS "/%s", init_service(init));
}

static bool is_locked(const struct init *init)
{
	char path[128];

	lock_path(init, path);
	return access(path, F_OK) == 0;
}

/* The words of status() in initscripts 9: functions. */
static int state(struct init *init, pid_t master, int code)
{
	const char *name = init_service(init);
	char text[256];

	if (code == STATUS_NOT_RUNNING && is_locked(init))
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
	case STATUS_NOT_RUNNING: (void)snprintf(text, sizeof(text), "%s is stopped", name); break;
	default:
		(void)snprintf(text, sizeof(text), "%s status unknown%s", name,
			       geteuid() == 0 ? "" : " due to insufficient privileges.");
		break;
	}
	if (!say_how()->json)
		console_line(text);
	return code;
}

static const char *not_ours(const struct init *init)
{
	return access(SUBSYS, F_OK) == 0 && !is_locked(init)
		       ? "it was started by hand, not by its init script"
		       : NULL;
}

/* Only root can write the folder, also where nginx runs as another user. */
static void make_lock_file(struct init *init)
{
	struct sysv *s = sysv_of(init);
	char path[128];
	int fd;

	if (access(SUBSYS, F_OK) < 0)
		return;
	lock_path(init, path);
	identity_lift();
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	identity_lower();
	if (fd >= 0)
		(void)close(fd);
	else if (!s->warned)
		say(SAY_WARNING,
		    "the lock file %s could not be made: %s. Without it a shutdown does not stop nginx in order",
		    path, strerror(errno));
	s->warned = fd < 0;
}

static void remove_lock_file(const struct init *init)
{
	char path[128];
	int r;

	lock_path(init, path);
	identity_lift();
	r = unlink(path);
	identity_lower();
	if (r < 0 && errno != ENOENT)
		say(SAY_WARNING, "the lock file %s could not be removed: %s", path,
		    strerror(errno));
}

/* Also for an nginx that was started by hand: it has clients, too, when the machine shuts down. */
static void note(struct init *init, enum init_news news, pid_t master, const char *status)
{
	(void)master;
	(void)status;
	if (news == INIT_FOUND_RUNNING || news == INIT_STARTED)
		make_lock_file(init);
	else
		remove_lock_file(init);
}

const struct init_ops init_sysv = {
	.name = "sysv",
	.state_size = sizeof(struct sysv),
	.evidence = evidence,
	.announce = announce,
	.conclude = conclude,
	.state = state,
	.not_ours = not_ours,
	.limits = init_callers_limits,
	.note = note,
};
