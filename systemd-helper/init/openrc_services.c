/* The services of OpenRC: which one an nginx belongs to, and what is saved about it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/openrc.h"
#include "os/file_text.h"
#include "os/identity.h"
#include "os/procfs.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"

#define RUN     "/run/openrc"
#define SCRIPTS "/etc/init.d"

enum { TEXT_MAX = 8192 };

static const struct believed root_alone = {0, NO_USER, NO_GROUP};

/* OpenRC's programs are in one of these folders, by the choice of the distribution. */
static const char *const libraries[] = {"/lib/rc", "/usr/libexec/rc", "/libexec/rc", "/usr/lib/rc",
					"/lib64/rc"};

bool openrc_has_booted(void)
{
	return access(RUN "/softlevel", F_OK) == 0;
}

bool openrc_is(const char *service, const char *state)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), RUN "/%s/%s", state, service);
	return lstat(path, &st) == 0;
}

/* The caller frees it. NULL: it cannot be read. */
static char *read_text(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	char *text = fd < 0 ? NULL : file_text(fd, TEXT_MAX);

	if (fd >= 0)
		(void)close(fd);
	return text;
}

static void pid_file_note(const char *service, char ret[PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, RUN "/options/%s/pidfile", service);
}

static bool has_noted(const char *service, const char *pid_path)
{
	char path[PATH_MAX];
	char *text;
	bool has;

	pid_file_note(service, path);
	text = read_text(path, O_NONBLOCK | O_NOFOLLOW);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	has = text && strcmp(text, pid_path) == 0;
	free(text);
	return has;
}

bool openrc_of_pid_file(const char *pid_path, char ret[OPENRC_NAME_SIZE])
{
	DIR *dir = opendir(RUN "/started");
	const struct dirent *entry;
	unsigned found = 0;

	while (dir && (entry = readdir(dir))) {
		if (strlen(entry->d_name) >= OPENRC_NAME_SIZE ||
		    !has_noted(entry->d_name, pid_path))
			continue;
		(void)snprintf(ret, OPENRC_NAME_SIZE, "%s", entry->d_name);
		found++;
	}
	if (dir)
		(void)closedir(dir);
	return found == 1;
}

bool openrc_name_in_cgroup(const char *line, char ret[OPENRC_NAME_SIZE])
{
	static const char before[] = "/openrc.";
	const char *names = strchr(line, ':');
	const char *path = names ? strchr(names + 1, ':') : NULL;
	const char *last = path ? strrchr(path + 1, '/') : NULL;
	bool unified = names && strncmp(line, "0::", 3) == 0;

	if (!last)
		return false;
	if (!unified && strncmp(names, ":name=openrc:", 13) != 0)
		return false;
	if (strncmp(last, before, sizeof(before) - 1) == 0)
		last += sizeof(before) - 2;
	return last[1] && snprintf(ret, OPENRC_NAME_SIZE, "%s", last + 1) < OPENRC_NAME_SIZE;
}

bool openrc_of_cgroup(pid_t pid, char ret[OPENRC_NAME_SIZE])
{
	char text[8192];
	char *line;
	char *rest = text;

	if (procfs_read(pid, "cgroup", text, sizeof(text)) < 0)
		return false;
	while ((line = strsep(&rest, "\n"))) {
		if (openrc_name_in_cgroup(line, ret) && openrc_is(ret, "started"))
			return true;
	}
	return false;
}

bool openrc_is_ours(const char *service)
{
	static const char first[] = "#!";
	char path[PATH_MAX];
	char *text;
	bool is = false;

	(void)snprintf(path, sizeof(path), SCRIPTS "/%s", service);
	text = read_text(path, O_NONBLOCK);
	if (text && strstr(text, "nginx-handover")) {
		text[strcspn(text, "\n")] = '\0';
		is = strncmp(text, first, 2) == 0 && strstr(text, "openrc-run");
	}
	free(text);
	return is;
}

void openrc_note_pid_file(const char *service, const char *pid_path)
{
	char path[PATH_MAX];
	int fd;

	if (has_noted(service, pid_path))
		return;
	identity_lift();
	(void)snprintf(path, sizeof(path), RUN "/options/%s", service);
	(void)mkdir(path, 0755);
	pid_file_note(service, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	identity_lower();
	if (fd < 0)
		return;
	if (write(fd, pid_path, strlen(pid_path)) < 0)
		(void)ftruncate(fd, 0);
	(void)close(fd);
}

static int open_marker(const char *name, struct program *ret)
{
	struct distrust why;
	char path[PATH_MAX];
	int r = -ENOENT;
	size_t i;

	for (i = 0; r == -ENOENT && i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/sbin/%s", libraries[i], name);
		r = program_at(&root_alone, "", path, ret, &why);
	}
	return r;
}

int openrc_mark_service(const char *service, bool started, uint64_t timeout_us)
{
	struct program program = PROGRAM_NONE;
	struct actor ourselves = actor_ourselves();
	char name[32];
	char what[OPENRC_NAME_SIZE];
	char *argv[] = {name, what, NULL};
	struct door_spec spec = {.program = &program,
				 .actor = &ourselves,
				 .argv = argv,
				 .as_started = true,
				 .wake_fd = -1};
	int r;

	(void)snprintf(name, sizeof(name), "mark_service_%s", started ? "started" : "stopped");
	(void)snprintf(what, sizeof(what), "%s", service);
	identity_lift();
	r = open_marker(name, &program);
	identity_lower();
	if (!r)
		r = door_run_code(&spec, timeout_us);
	program_close(&program);
	return r;
}
