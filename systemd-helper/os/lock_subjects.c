/*
 * What a run acts on, as lines of text that are equal if the thing is the same, whatever its name.
 * The part of a path that exists becomes device and inode.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/file_id.h"
#include "os/lock_subjects.h"
#include "os/process.h"
#include "os/rooted.h"

/* A pid file has one line from each of so many folders above it. */
enum { FOLDERS_MAX = 3 };

void lock_subjects_init(struct lock_subjects *s)
{
	s->count = 0;
}

/* Adds "KIND TEXT". Control characters and "%" are written as "%XX". */
static int add_line(struct lock_subjects *s, const char *kind, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	char *line;
	size_t n;

	if (s->count == LOCK_LINES_MAX)
		return -E2BIG;
	line = s->list[s->count];
	n = (size_t)snprintf(line, LOCK_LINE_MAX, "%s ", kind);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (n + 4 > LOCK_LINE_MAX)
			return -ENAMETOOLONG;
		if (c < ' ' || c == '%' || c == 0x7f) {
			line[n++] = '%';
			line[n++] = hex[c >> 4];
			line[n++] = hex[c & 15];
		} else {
			line[n++] = (char)c;
		}
	}
	line[n] = '\0';
	s->count++;
	return 0;
}

static int add_file_line(struct lock_subjects *s, const char *kind, const struct file_id *id,
			 const char *rest)
{
	char text[PATH_MAX + 64];

	(void)snprintf(text, sizeof(text), "%llu:%llu%s%s", (unsigned long long)id->device,
		       (unsigned long long)id->inode, *rest ? " " : "", rest);
	return add_line(s, kind, text);
}

/* Makes "b/c" of "b//./c", in place. */
static void normalise(char *path)
{
	const char *from = path;
	char *to = path;

	for (;;) {
		size_t length;

		from += strspn(from, "/");
		length = strcspn(from, "/");
		if (!length)
			break;
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

/*
 * Splits a path into the nearest folder that exists, with all links resolved, and the rest. If the
 * file itself is a link, it is not followed.
 */
static int split_pid_file(const char *root, const char *path, char ret_folder[PATH_MAX],
			  char ret_rest[PATH_MAX])
{
	char folder[PATH_MAX];
	char rest[2 * PATH_MAX];
	char left[PATH_MAX];
	size_t length = strlen(path);
	size_t name;

	if (path[0] != '/')
		return -EINVAL;
	if (length >= PATH_MAX || strlen(root) >= PATH_MAX)
		return -ENAMETOOLONG;
	while (length > 1 && path[length - 1] == '/')
		length--;
	for (name = length; path[name - 1] != '/';)
		name--;
	memcpy(folder, path, name);
	folder[name] = '\0';
	if (rooted_nearest(root, folder, ret_folder, left) < 0) {
		/* It cannot be resolved: take the whole path as it is spelled, from the root on. */
		(void)snprintf(ret_folder, PATH_MAX, "%s", root);
		(void)snprintf(left, sizeof(left), "%s", folder);
	}
	if (snprintf(rest, sizeof(rest), "%s/%.*s", left, (int)(length - name), path + name) >=
	    PATH_MAX)
		return -ENAMETOOLONG;
	normalise(rest);
	memcpy(ret_rest, rest, strlen(rest) + 1);
	return 0;
}

/* From the folder "ROOT/a/b" with the rest "c" to "ROOT/a" with "b/c". False at the root. */
static bool move_up(const char *root, char folder[PATH_MAX], char rest[PATH_MAX])
{
	char *slash = strrchr(folder + strlen(root), '/');
	char longer[2 * PATH_MAX];

	if (!slash || !slash[1] ||
	    snprintf(longer, sizeof(longer), "%s/%s", slash + 1, rest) >= PATH_MAX)
		return false;
	memcpy(rest, longer, strlen(longer) + 1);
	*slash = '\0';
	return true;
}

int lock_on_pid_file(struct lock_subjects *s, const char *root, const char *path)
{
	char folder[PATH_MAX];
	char rest[PATH_MAX];
	struct file_id id;
	size_t before = s->count;
	unsigned i;
	int r = split_pid_file(root, path, folder, rest);

	for (i = 0; !r && i < FOLDERS_MAX; i++) {
		r = file_id_of(*folder ? folder : "/", &id);
		if (!r)
			r = add_file_line(s, "file", &id, rest);
		if (!r && !move_up(root, folder, rest))
			break;
	}
	/* One line is enough for success: the others are only for folders that are recreated. */
	return s->count > before && r != -E2BIG ? 0 : r;
}

int lock_on_file(struct lock_subjects *s, const char *kind, const char *path)
{
	struct file_id id;
	int r = file_id_of(path, &id);

	return r < 0 ? r : add_file_line(s, kind, &id, "");
}

int lock_on_process(struct lock_subjects *s, const struct process *p)
{
	char text[64];

	if (p->pid <= 0)
		return -ESRCH;
	(void)snprintf(text, sizeof(text), "%d %llu", (int)p->pid,
		       (unsigned long long)p->start_ticks);
	return add_line(s, "process", text);
}

int lock_on_text(struct lock_subjects *s, const char *kind, const char *text)
{
	return add_line(s, kind, text);
}

int lock_for(struct lock_subjects *s, const char *purpose)
{
	char line[LOCK_LINE_MAX];
	size_t kept = 0;
	size_t i;
	size_t count = s->count;

	for (i = 0; i < count; i++) {
		int n = snprintf(line, sizeof(line), "%s %s", purpose, s->list[i]);

		if (n > 0 && (size_t)n < sizeof(line))
			memcpy(s->list[kept++], line, (size_t)n + 1);
	}
	s->count = kept;
	return kept == count ? 0 : -ENAMETOOLONG;
}
