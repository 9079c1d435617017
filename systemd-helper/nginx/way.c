/* Links on the path to a binary: finds the one that chooses the version, and changes it. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/way.h"
#include "os/rooted.h"
#include "trust/path.h"

/* Makes "/a//./b/" to "a/b", in place. */
static void tidy_path(char *path)
{
	const char *from = path;
	char *to = path;

	while (*(from += strspn(from, "/"))) {
		size_t length = strcspn(from, "/");

		if (length != 1 || from[0] != '.') {
			if (to != path)
				*to++ = '/';
			memmove(to, from, length);
			to += length;
		}
		from += length;
	}
	*to = '\0';
}

static int note_link(void *arg, const char *link, const char *text, const char *rest)
{
	struct way *way = arg;
	size_t i = way->count;

	if (i == WAY_LINKS_MAX)
		return -ELOOP;
	way->count++;
	(void)snprintf(way->links[i].link, PATH_MAX, "%s", link);
	(void)snprintf(way->links[i].text, PATH_MAX, "%s", text);
	(void)snprintf(way->links[i].rest, PATH_MAX, "%s", rest);
	tidy_path(way->links[i].rest);
	return 0;
}

int way_look(const char *path, struct way *ret)
{
	memset(ret, 0, sizeof(*ret));
	return rooted_follow("", path, ret->end, note_link, ret);
}

/* Whether it is a link of the system, such as "/sbin" or "/usr/sbin". */
static bool is_system_link(const char *link)
{
	char folder[PATH_MAX];

	return path_folder(link, folder) < 0 || strcmp(folder, "/") == 0 ||
	       strcmp(folder, "/usr") == 0;
}

static bool is_name(const char *name, const char *its, size_t length)
{
	return strlen(name) == length && memcmp(name, its, length) == 0;
}

/* Whether a name looks like a version's: "nginx-1.22", "1.22.1", "v2", "20240101"; not "data1". */
static bool has_version(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		size_t before = i;

		if (!isdigit((unsigned char)name[i]))
			continue;
		if (before && (name[before - 1] == 'v' || name[before - 1] == 'r'))
			before--;
		if (!before || !isalnum((unsigned char)name[before - 1]))
			return true;
		while (i + 1 < length && isdigit((unsigned char)name[i + 1]))
			i++;
	}
	return false;
}

static bool is_program(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

/* Whether a folder beside the one that the first `length` bytes of `file` name also has the program
 * `rest` in it. */
static bool has_neighbour(const char *file, size_t length, const char *rest)
{
	char parent[PATH_MAX];
	char path[PATH_MAX + NAME_MAX + 2]; /* one that is cut is too long for lstat(2), too */
	struct dirent *entry;
	struct stat st;
	size_t name;
	bool found = false;
	DIR *dir;

	for (name = length; name > 0 && file[name - 1] != '/';)
		name--;
	if (!name)
		return false;
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(name > 1 ? name - 1 : 1), file);
	dir = opendir(parent);
	while (dir && !found && (entry = readdir(dir)) != NULL) {
		int n = snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);

		if (entry->d_name[0] == '.' || is_name(entry->d_name, file + name, length - name) ||
		    lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		(void)snprintf(path + n, sizeof(path) - (size_t)n, "/%s", rest);
		found = is_program(path);
	}
	if (dir)
		(void)closedir(dir);
	return found;
}

/* The length of the folders that both paths have in common, with the slash behind them. */
static size_t common_folders(const char *a, const char *b)
{
	size_t common = 0;
	size_t i;

	for (i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			common = i + 1;
	return b[i] == '\0' && a[i] == '/' ? i + 1 : common;
}

/*
 * Whether the link chooses among versions: a name that it adds to the path looks like a version's,
 * or a folder beside it has the same program in it. `file` is where the path leads; its first
 * `chosen` bytes are where the link leads.
 */
static bool chooses_version(const char *link, const char *file, size_t chosen)
{
	char folder[PATH_MAX];
	size_t from;

	if (path_folder(link, folder) < 0)
		return false;
	for (from = common_folders(file, folder); from < chosen;) {
		size_t end = from + strcspn(file + from, "/");

		if (has_version(file + from, end - from))
			return true;
		if (file[end] && has_neighbour(file, end, file + end + 1))
			return true;
		from = end + (file[end] == '/');
	}
	return false;
}

bool way_has_versions(const struct way *way, char *ret_link)
{
	char at[PATH_MAX];
	char file[PATH_MAX];
	size_t i;

	for (i = way->count; i > 0; i--) {
		const char *link = way->links[i - 1].link;
		const char *rest = way->links[i - 1].rest;

		if (is_system_link(link) || rooted_path("", link, at) < 0 ||
		    snprintf(file, sizeof(file), "%s%s%s", at, *rest ? "/" : "", rest) >= PATH_MAX)
			continue;
		(void)snprintf(ret_link, PATH_MAX, "%s", link);
		if (chooses_version(link, file, strlen(at)))
			return true;
	}
	return false;
}

/* The path from the folder `from` to `to`, both without links: "../../opt/nginx-1.18". */
static int relative_path(const char *from, const char *to, char ret[PATH_MAX])
{
	size_t common = 0;
	size_t i;
	int n = 0;

	for (i = 0; from[i] == to[i] && from[i]; i++)
		if (from[i] == '/')
			common = i + 1;
	if (!from[i] && (to[i] == '/' || !to[i]))
		common = i + (to[i] == '/');
	ret[0] = '\0';
	for (i = common; i < strlen(from) && n < PATH_MAX; i++) {
		if (from[i] != '/' && (i == common || from[i - 1] == '/'))
			n += snprintf(ret + n, (size_t)(PATH_MAX - n), "../");
	}
	if (n < PATH_MAX)
		n += snprintf(ret + n, (size_t)(PATH_MAX - n), "%s", to + common);
	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Where the link must lead to: the file without the rest of the path. False: it cannot do that. */
static bool find_wanted(const char *file, const char *rest, char ret[PATH_MAX])
{
	size_t length = strlen(file);
	size_t tail = strlen(rest);
	char joined[PATH_MAX];
	char found[PATH_MAX];

	if (tail + 2 > length || length >= PATH_MAX)
		return false;
	memcpy(ret, file, length + 1);
	if (tail) {
		if (file[length - tail - 1] != '/' || strcmp(file + length - tail, rest) != 0)
			return false;
		ret[length - tail - 1] = '\0';
	}
	/* There may be links in the rest. */
	return snprintf(joined, sizeof(joined), "%s%s%s", ret, tail ? "/" : "", rest) < PATH_MAX &&
	       rooted_path("", joined, found) == 0 && strcmp(found, file) == 0;
}

static bool same_folder(const char *a, const char *b)
{
	char x[PATH_MAX];
	char y[PATH_MAX];

	return path_folder(a, x) == 0 && path_folder(b, y) == 0 && strcmp(x, y) == 0;
}

/* The new text of the link: absolute or relative as the present text is. */
static int new_text(const char *link, const char *text, const char *wanted, char ret[PATH_MAX])
{
	char folder[PATH_MAX];

	if (text[0] == '/') {
		(void)snprintf(ret, PATH_MAX, "%s", wanted);
		return 0;
	}
	return path_folder(link, folder) < 0 ? -ENAMETOOLONG : relative_path(folder, wanted, ret);
}

int way_lead_to(const struct way *way, const char *file, struct way_move *ret)
{
	char wanted[PATH_MAX];
	char at[PATH_MAX];
	int r = -ENOENT;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = way->count; i > 0; i--) {
		const char *link = way->links[i - 1].link;
		const char *text = way->links[i - 1].text;
		char after[PATH_MAX];
		bool neighbour;

		if (is_system_link(link) || !find_wanted(file, way->links[i - 1].rest, wanted) ||
		    rooted_path("", link, at) < 0 || new_text(link, text, wanted, after) < 0)
			continue;
		neighbour = same_folder(at, wanted);
		if (r == 0 && !neighbour)
			continue;
		(void)snprintf(ret->link, PATH_MAX, "%s", link);
		(void)snprintf(ret->before, PATH_MAX, "%s", text);
		(void)snprintf(ret->after, PATH_MAX, "%s", after);
		r = 0;
		if (neighbour)
			break;
	}
	return r;
}

static int change_link(const struct place *p, const char *before, const char *after)
{
	struct temporary t = TEMPORARY_NONE;
	char now[PATH_MAX];
	struct stat st;
	ssize_t n = readlinkat(p->folder, p->name, now, sizeof(now) - 1);
	int r;

	if (n < 0)
		return place_failed(p, "read the link", p->name, -errno);
	now[n] = '\0';
	if (strcmp(now, after) == 0)
		return 0;
	if (strcmp(now, before) != 0)
		return place_failed(p, "move the link", p->name, -ESTALE);
	r = temporary_symlink(p, after, &t);
	if (r < 0)
		return r;
	/* The owner of a link has no effect, so a failure does not matter. */
	if (place_stat(p, p->name, &st) == 0)
		(void)!fchownat(p->folder, t.name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
	r = temporary_rename(p, &t, p->name);
	if (r < 0)
		(void)place_failed(p, "move the link", p->name, r);
	temporary_drop(p, &t);
	return r < 0 ? r : place_sync(p);
}

int way_point(const struct believed *b, const char *link, const char *before, const char *after,
	      struct install_error *err)
{
	struct place p;
	int r = place_open(&p, b, "", link, err);

	if (!r)
		r = change_link(&p, before, after);
	place_close(&p);
	return r;
}
