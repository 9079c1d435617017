/* Finds the files open for appending by /proc/PID/fd and fdinfo (Linux 2.6.22). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nginx/log_files.h"
#include "os/file_id.h"
#include "os/procfs.h"

static bool is_for_appending(pid_t pid, const char *fd)
{
	char name[64];
	char text[512];
	const char *flags;

	(void)snprintf(name, sizeof(name), "fdinfo/%.20s", fd);
	if (procfs_read(pid, name, text, sizeof(text)) <= 0)
		return false;
	flags = strstr(text, "flags:");
	return flags && (strtoul(flags + strlen("flags:"), NULL, 8) & O_APPEND);
}

static int add_file(struct log_files *files, const struct stat *st)
{
	struct file_id *longer = realloc(files->list, (files->count + 1) * sizeof(files->list[0]));

	if (!longer)
		return -ENOMEM;
	files->list = longer;
	files->list[files->count++] = file_id_of_stat(st);
	return 0;
}

int log_files_of(pid_t pid, struct log_files *ret)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(procfs_path(path, pid, "fd"));
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	if (!dir)
		return -errno;
	while (!r && (entry = readdir(dir))) {
		char name[64];
		struct stat st;

		if (entry->d_name[0] == '.' || !is_for_appending(pid, entry->d_name))
			continue;
		(void)snprintf(name, sizeof(name), "fd/%.20s", entry->d_name);
		if (stat(procfs_path(path, pid, name), &st) == 0 && S_ISREG(st.st_mode))
			r = add_file(ret, &st);
	}
	(void)closedir(dir);
	if (r < 0)
		log_files_free(ret);
	return r;
}

bool log_files_have(const struct log_files *files, const struct file_id *id)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		if (file_id_equal(&files->list[i], id))
			return true;
	}
	return false;
}

void log_files_without(struct log_files *a, const struct log_files *b)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < a->count; i++) {
		if (!log_files_have(b, &a->list[i]))
			a->list[kept++] = a->list[i];
	}
	a->count = kept;
}

void log_files_free(struct log_files *files)
{
	free(files->list);
	memset(files, 0, sizeof(*files));
}
