/* Reads the settings file, if only trusted users can change it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/settings.h"
#include "commands/settings_private.h"
#include "init/init.h"
#include "os/assignment.h"
#include "os/exit_code.h"
#include "os/rooted.h"
#include "trust/path.h"

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
			     a->name, a->wrong);
}

static int not_trusted(struct settings_error *err, const char *path, const struct distrust *why)
{
	char text[1024], advice[512];

	(void)distrust_text(why, text, sizeof(text));
	(void)distrust_advice(why, advice, sizeof(advice));
	return settings_fail(err, "settings file %s: %s, so it is not read%s%s", path, text,
			     *advice ? ". What to do: " : "", advice);
}

static enum exit_code code_of(int error)
{
	switch (error) {
	case EACCES: return EXIT_NOT_PRIVILEGED;
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG: return EXIT_USAGE;
	default: return EXIT_FAILED;
	}
}

/* Returns error, which is -errno. */
static int not_opened(struct settings_error *err, const char *path, int error)
{
	(void)settings_fail(err, "settings file %s: %s", path, strerror(-error));
	err->exit_code = code_of(-error);
	return error;
}

/*
 * Opens the file for reading. It names a binary that will be executed, so only root and the caller
 * may be able to change it, not TRUST_USER. 0: *ret_fd is for the caller to close, or -1: there is
 * no such file, and it need not exist. Or -errno: *err says why not.
 */
static int open_trusted(const char *path, bool must_exist, int *ret_fd, struct settings_error *err)
{
	const struct believed caller = believed_caller();
	char absolute[PATH_MAX];
	struct trusted file;
	struct distrust why;
	int r = path_from_here(path, absolute);

	*ret_fd = -1;
	if (r < 0)
		return not_opened(err, path, r);
	r = trusted_open(&caller, "", absolute, must_exist ? 0 : TRUSTED_MISSING, &file, &why);
	/* A file that exists must be readable: without it another nginx might be found. */
	if (!must_exist && (r == -ENOENT || (r == -ENOTDIR && why.kind == DISTRUST_ERROR)))
		return 0;
	if (r < 0)
		return why.kind == DISTRUST_ERROR ? not_opened(err, path, r)
						  : not_trusted(err, path, &why);
	if (file.fd >= 0)
		r = *ret_fd = trusted_reopen(&file);
	trusted_close(&file);
	return r < 0 ? not_opened(err, path, r) : 0;
}

/* *ret_found: whether there is such a file. 0, or -errno: *err says why it cannot be used. */
static int open_and_read(struct settings *s, const char *path, bool must_exist, bool *ret_found,
			 struct settings_error *err)
{
	struct reading reading = {s, path, err};
	FILE *f;
	int fd;
	int r = open_trusted(path, must_exist, &fd, err);

	*ret_found = r < 0 || fd >= 0;
	if (r < 0 || !*ret_found)
		return r;
	f = fdopen(fd, "r");
	if (!f) {
		r = -errno;
		(void)close(fd);
		return not_opened(err, path, r);
	}
	r = assignments_read(f, set_line, &reading);
	if (!r && ferror(f))
		r = not_opened(err, path, -EIO);
	(void)fclose(f);
	return r;
}

/* The file of this service in that folder. Returns as open_and_read(). */
static int usual_file(struct settings *s, const char *folder, bool *ret_found,
		      struct settings_error *err)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, s->service ? s->service : "nginx");
	return open_and_read(s, path, false, ret_found, err);
}

/* The file of --settings, or the first that exists in the usual folders. Returns as
 * open_and_read(). */
static int read_file(struct settings *s, bool *ret_found, struct settings_error *err)
{
	const char *folders[] = {init_settings_folder(s->service), "/etc/sysconfig",
				 "/etc/default"};
	size_t i;
	int r = 0;

	*ret_found = false;
	if (s->settings)
		return open_and_read(s, s->settings, true, ret_found, err);
	for (i = 0; !r && !*ret_found && i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (folders[i])
			r = usual_file(s, folders[i], ret_found, err);
	}
	return r;
}

int settings_file(struct settings *s, struct settings_error *err)
{
	const char *folder = init_settings_folder(s->service);
	bool found;
	int r;

	s->said = s->given;
	r = read_file(s, &found, err);
	if (r < 0)
		return r;
	if (!s->service || strcmp(s->service, "nginx") == 0 || (found && s->pid_file))
		return 0;
	if (!found)
		(void)settings_fail(
			err,
			"%s has no settings file %s/%s or /etc/default/%s. What to do: write PID_FILE= and CONF= of that nginx into the first of them",
			s->service, folder ? folder : "/etc/sysconfig", s->service, s->service);
	else
		(void)settings_fail(
			err,
			"the settings file of %s does not say which nginx it is. What to do: write its PID_FILE= there",
			s->service);
	err->exit_code = EXIT_CONFIG; /* LSB: not configured */
	return -EINVAL;
}
