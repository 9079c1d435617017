/*
 * The drop-in with which the start of a unit takes over a running nginx: ExecStart=/bin/true, and
 * the pid file names the main process. Nothing in it stops or kills a process, however the start
 * ends. Its file must exist until the start has ended: systemd drops a unit from memory that nobody
 * uses, and reads it again for the start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/manager.h"
#include "init/manager_private.h"
#include "init/systemd_adopt.h"
#include "os/clock.h"
#include "os/duration.h"
#include "ui/say.h"

#define RELOAD_US (90u * USEC_PER_SEC)

#define UNITS "/run/systemd/system"
#define FILENAME                                                                                   \
	"zzzz-nginx-handover-adopt.conf" /* the last drop-in in the order of names counts */
#define NOTHING "/bin/true"

enum { CONDITION_SINCE = 243, PRESERVE_SINCE = 235 };

static void folder_of(const struct adopting *a, char ret[PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, UNITS "/%s.d", a->m->unit);
}

static void file_of(const struct adopting *a, char ret[PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, UNITS "/%s.d/" FILENAME, a->m->unit);
}

/* An older systemd logs a line about each setting that it does not know. */
static const struct {
	unsigned since; /* version of systemd */
	const char *line;
} settings[] = {
	{0, "[Service]"},
	{0, "Type=forking"},
	{CONDITION_SINCE, "ExecCondition="},
	{0, "ExecStartPre="},
	{0, "ExecStart="},
	{0, "ExecStart=" NOTHING},
	{0, "ExecStartPost="},
	{0, "ExecStop="},
	{0, "ExecStopPost="},
	{PRESERVE_SINCE, "RuntimeDirectoryPreserve=yes"},
	{0, "KillMode=none"},
	{0, "Restart=no"},
	{0, "TimeoutStartSec=30"},
};

static int write_text(const struct adopting *a, int fd)
{
	unsigned version = manager_version(a->m);
	char text[PATH_MAX + 1024];
	size_t n = 0;
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (version >= settings[i].since)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n", settings[i].line);
	}
	n += (size_t)snprintf(text + n, sizeof(text) - n, "PIDFile=%s\n", a->what->pid_path);
	if (n >= sizeof(text))
		return -ENAMETOOLONG;
	return write(fd, text, n) == (ssize_t)n ? 0 : -EIO;
}

void adopt_remove_file(const struct adopting *a)
{
	char path[PATH_MAX];

	file_of(a, path);
	(void)unlink(path);
	folder_of(a, path);
	(void)rmdir(path); /* fails unless it is empty */
}

bool adopt_left(const char *unit, char ret[PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, UNITS "/%s.d/" FILENAME, unit);
	return access(ret, F_OK) == 0;
}

static int write_file(const struct adopting *a)
{
	char path[PATH_MAX];
	int r;
	int fd;

	adopt_remove_file(a); /* left by a run that was killed */
	folder_of(a, path);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	file_of(a, path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = write_text(a, fd);
	(void)close(fd);
	return r;
}

static bool reload(struct adopting *a)
{
	return manager_call(a->m, "Reload", NULL, clock_us() + RELOAD_US) && !a->m->call.failed;
}

static bool property_is(struct adopting *a, const char *property, const char *value)
{
	return adopt_ask(a, SERVICE_INTERFACE, property) && strcmp(a->m->call.text, value) == 0;
}

static bool property_is_empty(struct adopting *a, const char *property)
{
	return property_is(a, property, "");
}

/* Whether these settings count: another drop-in may come after this one. */
static bool was_read(struct adopting *a)
{
	return property_is(a, "KillMode", "none") && property_is(a, "Type", "forking") &&
	       adopt_ask(a, SERVICE_INTERFACE, "PIDFile") &&
	       adopt_same_file(a->m->call.text, a->what->pid_path) &&
	       property_is(a, "Restart", "no") && property_is(a, "ExecStart", NOTHING) &&
	       property_is_empty(a, "ExecStartPre") && property_is_empty(a, "ExecStartPost") &&
	       property_is_empty(a, "ExecStop") && property_is_empty(a, "ExecStopPost");
}

bool adopt_unload(struct adopting *a)
{
	adopt_remove_file(a);
	if (!reload(a))
		return false;
	a->loaded = false;
	return true;
}

bool adopt_load(struct adopting *a)
{
	int r = write_file(a);

	a->loaded = r == 0;
	if (r == 0 && !reload(a))
		r = -EIO;
	if (r == 0 && !was_read(a))
		r = -ENOEXEC;
	if (r == 0)
		return true;
	if (r == -EIO)
		say(SAY_ERROR,
		    "systemd does not reload its units: %s. What to do: see what \"systemctl daemon-reload\" says, then try again",
		    a->m->call.failed ? a->m->call.text : "it does not answer");
	else if (r == -ENOEXEC)
		say(SAY_ERROR,
		    "%s cannot be started without starting nginx: another drop-in comes after ours. What to do: see \"systemctl cat %s\", and give that one a name before zzzz",
		    a->m->unit, a->m->unit);
	else
		say(SAY_ERROR,
		    "no drop-in could be written in " UNITS
		    ": %s. What to do: make room in /run, or mount it writable",
		    strerror(-r));
	return false;
}
