/*
 * Which package manager has these files, by the lists and databases that it keeps. None of its
 * programs is run: this may be the middle of a transaction.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/dpkg_lists.h"
#include "commands/package_check.h"

enum { NAMES_MAX = 16, NAME_LENGTH = 128 };

struct names {
	const char *const *paths;
	size_t paths_count;
	size_t count;
	char list[NAMES_MAX][NAME_LENGTH]; /* the package of paths[0] comes first */
	bool has_first;                    /* it is among them */
};

static void add_package(const char *name, size_t length, const char *text, void *arg)
{
	struct names *names = arg;
	size_t i;

	for (i = 0; i < names->paths_count && !dpkg_list_has(text, names->paths[i]); i++)
		;
	if (i == names->paths_count || names->count == NAMES_MAX || length >= NAME_LENGTH)
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
	struct names names = {.paths = paths, .paths_count = count};
	size_t n, i;

	dpkg_lists_each(add_package, &names);
	n = (size_t)snprintf(ret, size, "dpkg --verify");
	for (i = 0; i < names.count && n < size; i++)
		n += (size_t)snprintf(ret + n, size - n, " %s", names.list[i]);
	return names.has_first;
}

bool package_has_rpm(void)
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
	/* /usr/local has what the administrator has built, not what packages bring (hier(7)). */
	if (strncmp(paths[0], "/usr/local/", 11) == 0 || !package_has_rpm())
		return false;
	(void)snprintf(ret, size, "rpm -V nginx");
	return true;
}
