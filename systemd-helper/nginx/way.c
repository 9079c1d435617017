/* Links on the way to a binary: which of them chooses the version, and moving it. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/place.h"
#include "nginx/way.h"
#include "os/rooted.h"

/* "/a//./b/" as "a/b". In place. */
static void tidy(char *path)
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
	tidy(way->links[i].rest);
	return 0;
}

int way_look(const char *path, struct way *ret)
{
	memset(ret, 0, sizeof(*ret));
	return rooted_follow("", path, ret->end, note_link, ret);
}

/* "/sbin" and "/usr/sbin", where they are links. */
static bool is_systems(const char *link)
{
	char folder[PATH_MAX];

	return path_folder(link, folder) < 0 || strcmp(folder, "/") == 0 ||
	       strcmp(folder, "/usr") == 0;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool has_digit(const char *from, const char *end)
{
	for (; from < end; from++) {
		if (isdigit((unsigned char)*from))
			return true;
	}
	return false;
}

/* In the last name of what the link says, and where that is the file, in its folder's, too. */
static bool says_number(const char *text, bool is_file)
{
	const char *end = text + strlen(text);
	unsigned names = is_file ? 2 : 1;
	const char *from;

	for (; names; names--) {
		while (end > text && end[-1] == '/')
			end--;
		for (from = end; from > text && from[-1] != '/';)
			from--;
		if (has_digit(from, end))
			return true;
		end = from;
	}
	return false;
}

static bool is_program(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

/* Whether a folder beside `folder` holds `rest`, too. */
static bool has_neighbour(const char *folder, const char *rest)
{
	char parent[PATH_MAX];
	char path[3 * PATH_MAX];
	struct dirent *entry;
	struct stat st;
	bool found = false;
	DIR *dir;

	if (path_folder(folder, parent) < 0)
		return false;
	dir = opendir(parent);
	while (dir && !found && (entry = readdir(dir)) != NULL) {
		int n = snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);

		if (entry->d_name[0] == '.' || strcmp(entry->d_name, last_name(folder)) == 0 ||
		    lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		(void)snprintf(path + n, sizeof(path) - (size_t)n, "/%s", rest);
		found = is_program(path);
	}
	if (dir)
		(void)closedir(dir);
	return found;
}

bool way_has_versions(const struct way *way, char *ret_link)
{
	char at[PATH_MAX];
	char folder[PATH_MAX];
	size_t i;

	for (i = 0; i < way->count; i++) {
		const char *link = way->links[i].link;
		const char *rest = way->links[i].rest;

		if (is_systems(link))
			continue;
		(void)snprintf(ret_link, PATH_MAX, "%s", link);
		if (says_number(way->links[i].text, !*rest))
			return true;
		if (rooted_path("", link, at) < 0 || path_folder(at, folder) < 0)
			continue;
		if (*rest ? has_neighbour(at, rest) : has_neighbour(folder, last_name(at)))
			return true;
	}
	return false;
}

/* From the folder `from` to `to`, both without links: "../../opt/nginx-1.18". */
static int relative(const char *from, const char *to, char ret[PATH_MAX])
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

/* What this link must lead to: the file without the rest of the way. False: it cannot. */
static bool wanted_of(const char *file, const char *rest, char ret[PATH_MAX])
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
	/* The rest may have links of its own. */
	return snprintf(joined, sizeof(joined), "%s%s%s", ret, tail ? "/" : "", rest) < PATH_MAX &&
	       rooted_path("", joined, found) == 0 && strcmp(found, file) == 0;
}

static bool same_folder(const char *a, const char *b)
{
	char x[PATH_MAX];
	char y[PATH_MAX];

	return path_folder(a, x) == 0 && path_folder(b, y) == 0 && strcmp(x, y) == 0;
}

/* As the link says it now: from the root, or from its folder. */
static int say_it(const char *link, const char *text, const char *wanted, char ret[PATH_MAX])
{
	char folder[PATH_MAX];

	if (text[0] == '/') {
		(void)snprintf(ret, PATH_MAX, "%s", wanted);
		return 0;
	}
	return path_folder(link, folder) < 0 ? -ENAMETOOLONG : relative(folder, wanted, ret);
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

		if (is_systems(link) || !wanted_of(file, way->links[i - 1].rest, wanted) ||
		    rooted_path("", link, at) < 0 || say_it(link, text, wanted, after) < 0)
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

static int point(const struct place *p, const char *before, const char *after)
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
	/* A link's owner counts for nobody but who looks at it. */
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
		r = point(&p, before, after);
	place_close(&p);
	return r;
}
