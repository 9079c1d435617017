/*
 * Tells whoever waits for it that nginx serves: over the socket of sd_notify(3), by a newline on a
 * descriptor (s6), or by a file. Only once: after the newline s6 closes its end, and a second write
 * would fail or raise SIGPIPE.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/foreground.h"
#include "commands/settings.h"
#include "init/foreground.h"
#include "os/exit_code.h"
#include "os/rooted.h"
#include "trust/path.h"
#include "ui/say.h"

/* Set only for the exec of the next program of ours in this process, which removes it again. */
#define KEPT "NGINX_HANDOVER_RUN_READY"

void ready_keep(unsigned asked, const char *pid_path)
{
	char text[PATH_MAX + 16];

	(void)snprintf(text, sizeof(text), "%u %s", asked, pid_path);
	(void)setenv(KEPT, text, 1);
}

void ready_forget(void)
{
	(void)unsetenv(KEPT);
}

bool ready_was_kept(unsigned *ret_asked, char ret_pid_path[PATH_MAX])
{
	const char *kept = getenv(KEPT);
	char *end;

	if (!kept)
		return false;
	*ret_asked = (unsigned)strtoul(kept, &end, 10);
	(void)snprintf(ret_pid_path, PATH_MAX, "%s", *end ? end + 1 : "");
	ready_forget();
	return true;
}

/* Opens the file's folder, which nobody else may be able to change. 0, or -errno with *why_text. */
static int open_folder(const char *path, struct trusted *ret, char *why_text, size_t size)
{
	struct believed caller = believed_caller();
	struct distrust why;
	char absolute[PATH_MAX];
	int r = path_from_here(path, absolute);

	if (!r)
		r = trusted_open(&caller, "", absolute, TRUSTED_MISSING, ret, &why);
	if (r == -EPERM)
		(void)distrust_text(&why, why_text, size);
	else if (r < 0)
		(void)snprintf(why_text, size, "%s", strerror(-r));
	return r;
}

static int remove_file(const char *path, char *why, size_t size)
{
	struct trusted t;
	int r = open_folder(path, &t, why, size);

	if (r < 0)
		return r;
	if (unlinkat(t.folder, t.name, 0) < 0 && errno != ENOENT) {
		r = -errno;
		(void)snprintf(why, size, "%s", strerror(-r));
	}
	trusted_close(&t);
	return r;
}

static int make_file(const char *path, char *why, size_t size)
{
	struct trusted t;
	char text[32];
	int r = open_folder(path, &t, why, size);
	int fd;
	int n;

	if (r < 0)
		return r;
	(void)unlinkat(t.folder, t.name, 0);
	fd = openat(t.folder, t.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (fd < 0 || write(fd, text, (size_t)n) != n) {
		r = errno ? -errno : -EIO;
		(void)snprintf(why, size, "%s", strerror(-r));
	}
	if (fd >= 0)
		(void)close(fd);
	trusted_close(&t);
	return r;
}

int ready_begin(const struct settings *settings)
{
	char why[PATH_MAX + 256];
	int fd = settings->notify_fd ? (int)strtol(settings->notify_fd, NULL, 10) : -1;

	if (settings->notify_fd && (fd <= 2 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)) {
		say(SAY_ERROR,
		    "nginx was not started: descriptor %s (--notify-fd) is not one that the supervisor has opened for this. What to do: give the number that it names (s6: in the file notification-fd, 3 mostly), or leave --notify-fd out",
		    settings->notify_fd);
		return EXIT_USAGE;
	}
	if (settings->ready_file && remove_file(settings->ready_file, why, sizeof(why)) < 0) {
		say(SAY_ERROR,
		    "nginx was not started: %s (--ready-file) cannot be used: %s. What to do: name a file in a folder that nobody else can write, such as /run",
		    settings->ready_file, why);
		return EXIT_FAILED;
	}
	return 0;
}

void ready_tell(const struct settings *settings, pid_t master)
{
	char text[PATH_MAX + 256];
	int fd = settings->notify_fd ? (int)strtol(settings->notify_fd, NULL, 10) : -1;

	(void)snprintf(text, sizeof(text), "READY=1\nSTATUS=nginx runs: master %d", (int)master);
	foreground_notify_ready(text);
	if (fd > 2) {
		if (write(fd, "\n", 1) != 1)
			say(SAY_WARNING, "descriptor %d (--notify-fd) cannot be written to: %s", fd,
			    strerror(errno));
		(void)close(fd);
	}
	if (settings->ready_file && make_file(settings->ready_file, text, sizeof(text)) < 0)
		say(SAY_WARNING, "%s (--ready-file) could not be written: %s", settings->ready_file,
		    text);
}

void ready_end(const struct settings *settings)
{
	char why[PATH_MAX + 256];

	if (settings->ready_file)
		(void)remove_file(settings->ready_file, why, sizeof(why));
}
