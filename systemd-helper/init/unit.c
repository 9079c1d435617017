/* The unit is the first part of the cgroup's path that is not a slice. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/unit.h"
#include "os/procfs.h"

static const char v1[] = ":name=systemd:";
static const char v2[] = "0::";

struct span {
	const char *text; /* NULL: there is none */
	size_t length;
};

/* The path in the line of that hierarchy, v1 or v2. */
static struct span path_in(const char *text, const char *hierarchy)
{
	struct span path = {NULL, 0};
	const char *line;

	for (line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t length = strcspn(line, "\n");
		size_t number = hierarchy == v1 ? strspn(line, "0123456789") : 0;

		if (strncmp(line + number, hierarchy, strlen(hierarchy)) != 0)
			continue;
		path.text = line + number + strlen(hierarchy);
		path.length = length - number - strlen(hierarchy);
		return path;
	}
	return path;
}

static bool ends_with(const char *part, size_t length, const char *suffix)
{
	size_t n = strlen(suffix);

	return length > n && memcmp(part + length - n, suffix, n) == 0;
}

/* The length of the path to the manager's own tree: what stands before "/init.scope" of pid 1. */
static size_t root_length(const char *init_path, size_t length)
{
	static const char *const own[] = {"/init.scope", "/system.slice", "/system"};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (length >= strlen(own[i]) &&
		    memcmp(init_path + length - strlen(own[i]), own[i], strlen(own[i])) == 0)
			return length - strlen(own[i]);
	}
	return length == 1 ? 0 : length;
}

/*
 * Copies the name of a unit. systemd puts "_" before a name that would look like a file of the
 * cgroup file system.
 */
static bool take_name(const char *part, size_t length, char *ret_name)
{
	/*
	 * systemd: VALID_CHARS. A cgroup can have any name, and libdbus aborts on text that is not
	 * UTF-8.
	 */
	static const char valid[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";

	if (*part == '_') {
		part++;
		length--;
	}
	if (!length || length >= UNIT_NAME_SIZE)
		return false;
	memcpy(ret_name, part, length);
	ret_name[length] = '\0';
	if (ret_name[strspn(ret_name, valid)] == '\0')
		return true;
	ret_name[0] = '\0';
	return false;
}

/*
 * The hierarchy in which the manager keeps its units: "name=systemd" where there is one, unless the
 * manager itself has its scope in the unified hierarchy only (a container with v2 on a host with
 * v1).
 */
static const char *managers_hierarchy(const char *text, const char *init_text)
{
	struct span in_v1 = path_in(init_text, v1);
	struct span in_v2 = path_in(init_text, v2);

	if (!path_in(text, v1).text)
		return v2;
	if (in_v2.text && ends_with(in_v2.text, in_v2.length, "init.scope") &&
	    !(in_v1.text && ends_with(in_v1.text, in_v1.length, "init.scope")))
		return v2;
	return v1;
}

enum unit_kind unit_of_cgroup(const char *text, const char *init_text, char *ret_name)
{
	const char *hierarchy = managers_hierarchy(text, init_text);
	struct span own = path_in(text, hierarchy);
	struct span init = path_in(init_text, hierarchy);
	const char *path = own.text;
	const char *end;
	size_t skip;

	ret_name[0] = '\0';
	if (!path)
		return UNIT_NONE;
	end = path + own.length;
	skip = init.text ? root_length(init.text, init.length) : 0;
	if (skip && skip < own.length && memcmp(path, init.text, skip) == 0 && path[skip] == '/')
		path += skip;
	while (path < end) {
		const char *part = path + 1;
		const char *slash = memchr(part, '/', (size_t)(end - part));
		size_t n = (size_t)((slash ? slash : end) - part);

		path = part + n;
		if (ends_with(part, n, ".slice"))
			continue;
		if (ends_with(part, n, ".scope"))
			return take_name(part, n, ret_name) ? UNIT_OTHER : UNIT_NONE;
		if (!ends_with(part, n, ".service") || !take_name(part, n, ret_name))
			return UNIT_NONE;
		return strncmp(ret_name, "user@", 5) == 0 && slash ? UNIT_OF_USER : UNIT_SERVICE;
	}
	return UNIT_NONE;
}

enum unit_kind unit_of(pid_t pid, char *ret_name)
{
	char text[8192];
	char init_text[8192];

	ret_name[0] = '\0';
	if (procfs_read(pid, "cgroup", text, sizeof(text)) < 0)
		return UNIT_NONE;
	if (procfs_read(1, "cgroup", init_text, sizeof(init_text)) < 0)
		init_text[0] = '\0';
	return unit_of_cgroup(text, init_text, ret_name);
}

bool unit_is_own(const char *name)
{
	char own[UNIT_NAME_SIZE];

	return unit_of(getpid(), own) == UNIT_SERVICE && strcmp(own, name) == 0;
}

int unit_object_path(const char *name, char *ret, size_t size)
{
	static const char prefix[] = "/org/freedesktop/systemd1/unit/";
	static const char hex[] = "0123456789abcdef";
	size_t n = sizeof(prefix) - 1;
	const char *p;

	if (size <= n)
		return -ENAMETOOLONG;
	memcpy(ret, prefix, n);
	for (p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (n + 4 > size)
			return -ENAMETOOLONG;
		if ((c < 0x80 && isalpha(c)) || (isdigit(c) && p > name)) {
			ret[n++] = (char)c;
		} else {
			ret[n++] = '_';
			ret[n++] = hex[c >> 4];
			ret[n++] = hex[c & 15];
		}
	}
	ret[n] = '\0';
	return 0;
}
