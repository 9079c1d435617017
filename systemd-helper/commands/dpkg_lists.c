/* Reads dpkg's lists of the files of packages, and the versions of packages from its status file.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/dpkg_lists.h"
#include "os/file_text.h"

#define DPKG       "/var/lib/dpkg"
#define DPKG_LISTS DPKG "/info"

/* The most bytes of a file that is read; a larger one is skipped. */
enum { LIST_MAX = 16 * 1024 * 1024 };

/* The text of the file, which the caller frees. NULL: it cannot be read. */
static char *read_list(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < LIST_MAX)
		text = file_text(fd, (size_t)st.st_size + 1);
	(void)close(fd);
	return text;
}

/* The line that is just that; NULL: there is none. */
static const char *line_of(const char *text, const char *line)
{
	size_t length = strlen(line);
	const char *p = text;

	while ((p = strstr(p, line))) {
		if ((p == text || p[-1] == '\n') && (p[length] == '\n' || !p[length]))
			return p;
		p += length;
	}
	return NULL;
}

/* Where /sbin is a link to /usr/sbin, the package may still list the file as /sbin/nginx. */
bool dpkg_list_has(const char *text, const char *path)
{
	return line_of(text, path) ||
	       (strncmp(path, "/usr/", 5) == 0 && line_of(text, path + strlen("/usr")));
}

/* "nginx.list" or "libfoo:amd64.list": the length of the package's name, or 0. */
static size_t package_of(const char *name)
{
	const char *end = strrchr(name, '.');
	size_t length = strcspn(name, ":");

	if (!end || strcmp(end, ".list") != 0)
		return 0;
	return length < (size_t)(end - name) ? length : (size_t)(end - name);
}

void dpkg_lists_each(dpkg_list_fn *fn, void *arg)
{
	DIR *dir = opendir(DPKG_LISTS);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		size_t length = package_of(entry->d_name);
		char *text = length ? read_list(dirfd(dir), entry->d_name) : NULL;

		if (text)
			fn(entry->d_name, length, text, arg);
		free(text);
	}
	if (dir)
		(void)closedir(dir);
}

/* The value of a field in the entry that begins there; entries end with an empty line. */
static const char *field(const char *entry, const char *name)
{
	const char *end = strstr(entry, "\n\n");
	const char *at = strstr(entry, name);

	return at && (!end || at < end) ? at + strlen(name) : NULL;
}

const char *dpkg_version(const char *package, char *ret, size_t size)
{
	int folder = open(DPKG, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *text = folder < 0 ? NULL : read_list(folder, "status");
	const char *entry, *version;
	char wanted[256];

	ret[0] = '\0';
	(void)snprintf(wanted, sizeof(wanted), "Package: %s", package);
	entry = text ? line_of(text, wanted) : NULL;
	version = entry ? field(entry, "\nVersion: ") : NULL;
	if (version)
		(void)snprintf(ret, size, "%.*s", (int)strcspn(version, "\n"), version);
	free(text);
	if (folder >= 0)
		(void)close(folder);
	return ret;
}
