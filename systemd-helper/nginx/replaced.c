/*
 * Reads /proc/PID/maps for libraries and modules. A mapped file that was replaced by rename shows
 * as
 * "(deleted)"; shared memory and anonymous files do so too and are passed over.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "nginx/replaced.h"
#include "os/procfs.h"

static bool is_library(const char *path)
{
	const char *name = strrchr(path, '/');
	const char *so = name ? strstr(name, ".so") : NULL;

	return so && (so[3] == '\0' || so[3] == '.' || so[3] == ' ');
}

int replaced_look(const struct master *m, struct replaced *ret)
{
	static const char deleted[] = " (deleted)";
	char line[PATH_MAX + 256];
	char path[PATH_MAX];
	FILE *f = fopen(procfs_path(path, m->process.pid, "maps"), "re");

	if (!f)
		return -errno;
	memset(ret, 0, sizeof(*ret));
	while (fgets(line, sizeof(line), f)) {
		char *name = strchr(line, '/');
		size_t length;

		if (!name)
			continue;
		name[strcspn(name, "\n")] = '\0';
		length = strlen(name);
		if (length < sizeof(deleted) ||
		    strcmp(name + length - (sizeof(deleted) - 1), deleted) != 0)
			continue;
		name[length - (sizeof(deleted) - 1)] = '\0';
		if (!is_library(name) || strcmp(name, ret->first) == 0)
			continue;
		(void)snprintf(ret->first, sizeof(ret->first), "%s", name);
		ret->count++;
	}
	(void)fclose(f);
	return 0;
}

bool upgrade_due(const struct master *m, const char *target, char *ret_why, size_t size)
{
	struct replaced replaced;
	struct file_id at_path;

	if (target &&
	    (file_id_of(target, &at_path) < 0 || !file_id_equal(&at_path, &m->image_id))) {
		(void)snprintf(ret_why, size, "%s is not the file that runs", target);
		return true;
	}
	if (replaced_look(m, &replaced) < 0 || !replaced.count)
		return false;
	(void)snprintf(ret_why, size, "%u mapped libraries or modules were replaced (%s)",
		       replaced.count, replaced.first);
	return true;
}
