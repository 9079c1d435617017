/* Moves processes between cgroups, which it finds by the mounts and by /proc/PID/cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/cgroups.h"
#include "os/procfs.h"

enum { LINE_MAX_SIZE = 2 * PATH_MAX };

bool cgroups_has_word(const char *list, const char *word, size_t length)
{
	const char *p = list;

	while (*p) {
		size_t n = strcspn(p, ",\n ");

		if (n == length && memcmp(p, word, length) == 0)
			return true;
		p += n;
		p += *p == ',';
		if (*p == '\n' || *p == ' ')
			return false;
	}
	return false;
}

bool cgroups_mount(const char *controllers, char ret[PATH_MAX])
{
	size_t length = strcspn(controllers, ",");
	char path[PATH_MAX];
	char line[LINE_MAX_SIZE];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/self/mounts", procfs_root);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		char *save = NULL;
		char *folder = strtok_r(line, " ", &save) ? strtok_r(NULL, " ", &save) : NULL;
		char *type = folder ? strtok_r(NULL, " ", &save) : NULL;
		char *options = type ? strtok_r(NULL, " ", &save) : NULL;

		found = options && strlen(folder) < PATH_MAX &&
			(length ? strcmp(type, "cgroup") == 0 &&
					  cgroups_has_word(options, controllers, length)
				: strcmp(type, "cgroup2") == 0);
		if (found)
			memcpy(ret, folder, strlen(folder) + 1);
	}
	if (f)
		(void)fclose(f);
	return found;
}

static int write_pid(const char *mount, const char *path, pid_t pid)
{
	char file[LINE_MAX_SIZE];
	char text[16];
	int length = snprintf(text, sizeof(text), "%d\n", (int)pid);
	int r = 0;
	int fd;

	if (snprintf(file, sizeof(file), "%s%s/cgroup.procs", mount, path) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = open(file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)length) != length)
		r = -errno;
	(void)close(fd);
	return r;
}

/* Shortens the path to the nearest folder that exists in this hierarchy; "" is the root. */
static void cut_to_existing(const char *mount, char path[PATH_MAX])
{
	char folder[LINE_MAX_SIZE];
	char *slash;

	for (;;) {
		(void)snprintf(folder, sizeof(folder), "%s%s", mount, path);
		slash = strrchr(path, '/');
		if (!slash || access(folder, F_OK) == 0)
			return;
		*slash = '\0';
	}
}

/* Splits "4:cpu,cpuacct:/a" or "0::/a" in place. */
static bool split_line(char *line, const char **ret_controllers, const char **ret_path)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return false;
	*path = '\0';
	path[1 + strcspn(path + 1, "\n")] = '\0';
	*ret_controllers = controllers + 1;
	*ret_path = path + 1;
	return true;
}

static bool is_root(const char *path)
{
	return !*path || strcmp(path, "/") == 0;
}

/*
 * In the hierarchy of this line of /proc/PID/cgroup: 1: the process is in the cgroup of that path,
 * or was moved to it; 0: the hierarchy does not have the path; -errno.
 */
static int enter_hierarchy(pid_t pid, char *line, const char *path)
{
	const char *controllers;
	const char *now;
	char mount[PATH_MAX];
	char wanted[PATH_MAX];
	bool whole;
	int r;

	if (!split_line(line, &controllers, &now) || !cgroups_mount(controllers, mount) ||
	    snprintf(wanted, sizeof(wanted), "%s", path) >= PATH_MAX)
		return 0;
	cut_to_existing(mount, wanted);
	whole = strcmp(wanted, path) == 0;
	if (strcmp(now, wanted) == 0 || (is_root(now) && is_root(wanted)))
		return whole;
	r = write_pid(mount, wanted, pid);
	return whole ? (r < 0 ? r : 1) : 0;
}

int cgroups_text(pid_t pid, char ret[CGROUPS_TEXT])
{
	ssize_t n = procfs_read(pid, "cgroup", ret, CGROUPS_TEXT);

	if (n < 0)
		return (int)n;
	return n == CGROUPS_TEXT - 1 ? -E2BIG : 0;
}

int cgroups_enter(pid_t pid, const char *path)
{
	char text[CGROUPS_TEXT];
	char *save = NULL;
	char *line;
	bool any = false;
	int r = cgroups_text(pid, text);

	if (r < 0)
		return r;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		r = enter_hierarchy(pid, line, path);
		if (r < 0)
			return r;
		any = any || r > 0;
	}
	return any ? 0 : -ENOENT;
}

static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);
	const char *p;

	for (p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (strncmp(p, line, length) == 0 && (p[length] == '\n' || !p[length]))
			return true;
	}
	return false;
}

int cgroups_return(pid_t pid, const char *former)
{
	char text[CGROUPS_TEXT];
	char now[CGROUPS_TEXT];
	char *save = NULL;
	char *line;
	int error = cgroups_text(pid, now);

	if (error < 0)
		return error;
	(void)snprintf(text, sizeof(text), "%s", former);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *controllers;
		const char *path;
		char mount[PATH_MAX];
		int r;

		/* Where nothing has changed there may be no permission to write. */
		if (has_line(now, line) || !split_line(line, &controllers, &path) ||
		    !cgroups_mount(controllers, mount))
			continue;
		r = write_pid(mount, is_root(path) ? "" : path, pid);
		error = error ? error : r;
	}
	return error;
}

int cgroups_writable(const char *path)
{
	char text[CGROUPS_TEXT];
	char *save = NULL;
	char *line;
	int error = cgroups_text(getpid(), text);
	bool any = false;

	if (error < 0)
		return error;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *controllers;
		const char *own;
		char mount[PATH_MAX];
		char wanted[PATH_MAX];
		char file[LINE_MAX_SIZE + 16];

		if (!split_line(line, &controllers, &own) || !cgroups_mount(controllers, mount) ||
		    snprintf(wanted, sizeof(wanted), "%s", path) >= PATH_MAX)
			continue;
		cut_to_existing(mount, wanted);
		(void)snprintf(file, sizeof(file), "%s%s/cgroup.procs", mount, wanted);
		if (access(file, W_OK) == 0)
			any = true;
		else
			error = -errno;
	}
	return any ? 0 : error ? error : -ENOENT;
}
