/* A folder of its own for a test that needs files: folder_open -> folder_path -> folder_close. */
#ifndef FOLDER_H
#define FOLDER_H

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static char folder[64];

static inline void folder_open(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(folder, sizeof(folder), "%.40s/unit.XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(folder) != NULL, folder);
}

/* Valid until the next call. */
static inline const char *folder_path(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* Creates or replaces a file there. */
static inline const char *folder_file(const char *name, const char *text, size_t length,
				      mode_t mode)
{
	const char *path = folder_path(name);
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, text, length) == (ssize_t)length, path);
	must(fchmod(fd, mode) == 0 && close(fd) == 0, path);
	return path;
}

static inline void folder_close(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	must(system(command) == 0, command);
}

#endif
