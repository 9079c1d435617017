/* The settings file: whether it is believed, and what its lines say. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/settings.h"
#include "commands/settings_private.h"
#include "os/assignment.h"

struct reading {
	struct settings *s;
	const char *path;
	struct settings_error *err;
};

static int set_line(void *arg, const struct assignment *a)
{
	struct reading *r = arg;

	if (a->value)
		return settings_by_name(r->s, a->name, a->value, r->path, r->err);
	if (!settings_known(a->name))
		return 0;
	return settings_fail(r->err, "settings file %s: line %lu, %s=, %s", r->path, a->line,
			     a->name, a->fault);
}

static int open_and_read(struct settings *s, const char *path, bool must_exist,
			 struct settings_error *err)
{
	struct reading reading = {s, path, err};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f;
	int r;

	if (fd < 0) {
		/* One that is there and cannot be read is about another nginx than is found. */
		if (!must_exist && (errno == ENOENT || errno == ENOTDIR))
			return 1;
		r = errno == EACCES ? 4 : 2; /* LSB: not privileged */
		(void)settings_fail(err, "settings file %s: %s", path, strerror(errno));
		err->exit_code = r;
		return -1;
	}
	f = fdopen(fd, "r");
	if (!f || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)(f ? fclose(f) : close(fd));
		return settings_fail(err, "settings file %s is not a regular file", path);
	}
	/* It names what will be executed. */
	if ((st.st_mode & S_IWOTH) || (st.st_uid != 0 && st.st_uid != geteuid()))
		r = settings_fail(
			err,
			"settings file %s belongs to uid %u and has mode %04o: others can change "
			"it, so it is not read",
			path, (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
	else
		r = assignments_read(f, set_line, &reading);
	(void)fclose(f);
	return r;
}

/* The usual file of that folder; 1: there is none. */
static int usual_file(struct settings *s, const char *folder, struct settings_error *err)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, s->service ? s->service : "nginx");
	return open_and_read(s, path, false, err);
}

/* The file, whatever it says. */
static int any_file(struct settings *s, struct settings_error *err)
{
	int r;

	if (s->settings)
		return open_and_read(s, s->settings, true, err);
	r = usual_file(s, "/etc/sysconfig", err);
	return r == 1 ? usual_file(s, "/etc/default", err) : r;
}

int settings_file(struct settings *s, struct settings_error *err)
{
	int r = any_file(s, err);

	if (r < 0)
		return -1;
	if (!s->service || strcmp(s->service, "nginx") == 0 || (r == 0 && s->pid_file))
		return 0;
	if (r == 1)
		(void)settings_fail(err,
				    "%s has no settings file /etc/sysconfig/%s or /etc/default/%s",
				    s->service, s->service, s->service);
	else
		(void)settings_fail(
			err, "the settings file of %s does not say which nginx it is: PID_FILE=",
			s->service);
	err->exit_code = 6; /* LSB: not configured */
	return -1;
}
