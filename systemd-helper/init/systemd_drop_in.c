/*
 * A drop-in that systemd has not read. Its own property NeedDaemonReload does not tell where the
 * folder of the drop-in is new: systemd looks for drop-ins only in folders that it knows, and
 * learns of new ones at a daemon-reload, newer versions also when a unit is not found (systemd:
 * unit_file_find_dropin_paths, manager_unit_cache_should_retry_load).
 */
#include <glob.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "init/manager.h"
#include "init/manager_private.h"
#include "init/systemd.h"
#include "init/unit.h"

/* systemd.unit(5), UNIT FILE LOAD PATH; those that a build of systemd lacks are empty. */
static const char *const folders[] = {
	"/etc/systemd/system",     "/run/systemd/system", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system",
};

/* The name of a file, with the slash before it. "" where there is none: an entry that was taken
 * out. */
static const char *slash_and_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash : path;
}

/* Of files with the same name only one is read, and none where one of them is empty: masked. */
static void take_out(void *arg, const char *path)
{
	glob_t *files = arg;
	size_t i;

	for (i = 0; i < files->gl_pathc; i++)
		if (strcmp(slash_and_name(files->gl_pathv[i]), slash_and_name(path)) == 0)
			files->gl_pathv[i][0] = '\0';
}

static void find_files(const char *unit, glob_t *ret)
{
	char pattern[UNIT_NAME_SIZE + 64];
	struct stat st;
	size_t i;
	int append = 0;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(pattern, sizeof(pattern), "%s/%s.d/*.conf", folders[i], unit);
		if (glob(pattern, append, NULL, ret) == 0)
			append = GLOB_APPEND;
	}
	for (i = 0; i < ret->gl_pathc; i++)
		if (ret->gl_pathv[i][0] && (stat(ret->gl_pathv[i], &st) < 0 || !st.st_size))
			take_out(ret, ret->gl_pathv[i]);
}

bool systemd_drop_in_unread(struct manager *m, uint64_t until_us, char *ret, size_t size)
{
	glob_t files = {0};
	size_t i;

	ret[0] = '\0';
	find_files(m->unit, &files);
	if (files.gl_pathc &&
	    manager_property_each(m, UNIT_INTERFACE, "DropInPaths", until_us, take_out, &files))
		for (i = 0; i < files.gl_pathc && !ret[0]; i++)
			(void)snprintf(ret, size, "%s", files.gl_pathv[i]);
	globfree(&files);
	return ret[0] != '\0';
}
