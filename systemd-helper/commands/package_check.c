/*
 * Which package manager this machine has, by the files that it keeps itself. No program of it is
 * run: this may be the middle of a transaction.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/package_check.h"

#define DPKG_LISTS "/var/lib/dpkg/info"

/* Of one list; more is no list of files. */
enum { LIST_MAX = 16 * 1024 * 1024 };

static char *read_list(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < LIST_MAX)
		text = malloc((size_t)st.st_size + 2);
	if (text)
		n = pread(fd, text + 1, (size_t)st.st_size, 0);
	(void)close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[0] = '\n';
	text[n + 1] = '\0';
	return text;
}

static bool has_line(const char *text, const char *path)
{
	size_t length = strlen(path);
	const char *p = text;

	while ((p = strstr(p, path))) {
		if (p[-1] == '\n' && (p[length] == '\n' || !p[length]))
			return true;
		p += length;
	}
	return false;
}

/* Before /usr was one with /, a package may have had it as /sbin/nginx. */
static bool has_file(const char *text, const char *path)
{
	return has_line(text, path) ||
	       (strncmp(path, "/usr/", 5) == 0 && has_line(text, path + strlen("/usr")));
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

enum { NAMES_MAX = 16, NAME_LENGTH = 128 };

struct names {
	size_t count;
	char list[NAMES_MAX][NAME_LENGTH]; /* that of the first file first */
	bool has_first;
};

static void look_into(struct names *names, const char *text, const char *name, size_t length,
		      const char *const *paths, size_t count)
{
	size_t i;

	for (i = 0; i < count && !has_file(text, paths[i]); i++)
		;
	if (i == count || names->count == NAMES_MAX || length >= NAME_LENGTH)
		return;
	if (i == 0 && names->count)
		memcpy(names->list[names->count], names->list[0], NAME_LENGTH);
	(void)snprintf(names->list[i == 0 ? 0 : names->count], NAME_LENGTH, "%.*s", (int)length,
		       name);
	names->count++;
	names->has_first = names->has_first || i == 0;
}

static bool dpkg_check(const char *const *paths, size_t count, char *ret, size_t size)
{
	DIR *dir = opendir(DPKG_LISTS);
	struct names names = {.count = 0};
	struct dirent *entry;
	size_t n, i;

	while (dir && (entry = readdir(dir))) {
		size_t length = package_of(entry->d_name);
		char *text = length ? read_list(dirfd(dir), entry->d_name) : NULL;

		if (text)
			look_into(&names, text, entry->d_name, length, paths, count);
		free(text);
	}
	if (dir)
		(void)closedir(dir);
	n = (size_t)snprintf(ret, size, "dpkg --verify");
	for (i = 0; i < names.count && n < size; i++)
		n += (size_t)snprintf(ret + n, size - n, " %s", names.list[i]);
	return names.has_first;
}

static bool has_rpm(void)
{
	static const char *const databases[] = {"/var/lib/rpm/rpmdb.sqlite",
						"/var/lib/rpm/Packages.db",
						"/var/lib/rpm/Packages",
						"/usr/lib/sysimage/rpm/rpmdb.sqlite",
						"/usr/lib/sysimage/rpm/Packages.db",
						"/usr/lib/sysimage/rpm/Packages"};
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(databases) / sizeof(databases[0]); i++) {
		if (stat(databases[i], &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
			return true;
	}
	return false;
}

bool package_check(const char *const *paths, size_t count, char *ret, size_t size)
{
	if (dpkg_check(paths, count, ret, size))
		return true;
	/* What the administrator has built himself is no package's (hier(7)). */
	if (strncmp(paths[0], "/usr/local/", 11) == 0 || !has_rpm())
		return false;
	(void)snprintf(ret, size, "rpm -V nginx");
	return true;
}
