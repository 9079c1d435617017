/*
 * Finds the modules that a master has mapped. The kernel shows the present path of a file, and
 * marks one that has no name any more. The content of both can be read by map_files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "nginx/file_copy.h"
#include "nginx/mapped.h"
#include "nginx/replaced.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "trust/subject.h"

#define MOVED ".old"

/* A symbol of every module of nginx (nginx: auto/module), and of nginx itself. */
#define MODULE_NAMES "ngx_module_names"

/* Removes that ending. False: the text has another one. */
static bool cut_end(char *text, const char *end)
{
	size_t length = strlen(text);
	size_t cut = strlen(end);

	if (length <= cut || strcmp(text + length - cut, end) != 0)
		return false;
	text[length - cut] = '\0';
	return true;
}

static bool is_library(const char *path)
{
	const char *name = strrchr(path, '/');
	const char *so = name ? strstr(name, ".so") : NULL;

	return so && (so[3] == '\0' || so[3] == '.');
}

/*
 * Removes the endings of a file that is being replaced: dpkg renames it to ".dpkg-tmp", rpm appends
 * a
 * ";" and the number of its transaction, and "make install" of nginx renames it to ".old".
 */
static void cut_suffix(char *path)
{
	char *semicolon = strrchr(path, ';');

	if (semicolon && strlen(semicolon) > 8 &&
	    !semicolon[1 + strspn(semicolon + 1, "0123456789abcdefABCDEF")])
		*semicolon = '\0';
	else if (!cut_end(path, ".dpkg-tmp"))
		(void)cut_end(path, MOVED);
}

/* "7f01-7f02 r--p OFFSET MAJOR:MINOR INODE   /path". False: this is no shared object. */
static bool parse_line(char *line, struct mapped *ret)
{
	unsigned long begin, end, inode;
	unsigned major_number, minor_number;
	const char *path = strchr(line, '/');

	line[strcspn(line, "\n")] = '\0';
	if (!path || strlen(path) >= sizeof(ret->path) ||
	    sscanf(line, "%lx-%lx %*s %*x %x:%x %lu", &begin, &end, &major_number, &minor_number,
		   &inode) != 5)
		return false;
	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->range, sizeof(ret->range), "%lx-%lx", begin, end);
	(void)snprintf(ret->shown, sizeof(ret->shown), "%s", path);
	ret->id.device = makedev(major_number, minor_number);
	ret->id.inode = (ino_t)inode;
	ret->deleted = procfs_cut_deleted(ret->shown);
	memcpy(ret->path, ret->shown, sizeof(ret->path));
	cut_suffix(ret->path);
	if (!is_library(ret->path))
		memcpy(ret->path, ret->shown, sizeof(ret->path));
	return is_library(ret->path);
}

static bool is_same_object(const struct mapped *a, const struct mapped *b)
{
	return file_id_equal(&a->id, &b->id) && strcmp(a->shown, b->shown) == 0;
}

int mapped_each(pid_t pid, mapped_fn *fn, void *arg)
{
	static const struct mapped none;
	struct mapped now, last = none;
	char line[PATH_MAX + 256];
	int fd = procfs_open(pid, "maps", O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	int r = fd;

	if (!f && fd >= 0) {
		r = -errno;
		(void)close(fd);
	}
	if (!f)
		return r;
	r = 0;
	while (!r && fgets(line, sizeof(line), f)) {
		if (!parse_line(line, &now) || is_same_object(&now, &last))
			continue;
		last = now;
		r = fn(&now, arg);
	}
	(void)fclose(f);
	return r;
}

static int open_map_file(const struct subject *s, const char *range)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "map_files/%s", range);
	return procfs_open(s->process.pid, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* As long as the file has a name it is found there: the kernel has just shown it, below the same
 * root. */
static int open_by_name(const struct subject *s, const struct mapped *m)
{
	char path[2 * PATH_MAX];
	int fd;

	if (m->deleted)
		return -ENODATA;
	(void)snprintf(path, sizeof(path), "%s%s", s->root, m->shown);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int mapped_open(const struct subject *s, const struct mapped *m)
{
	int fd = open_map_file(s, m->range);
	struct stat st;

	if (fd < 0)
		fd = open_by_name(s, m);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	(void)close(fd);
	return -EINVAL;
}

static int try_open(const struct mapped *m, void *arg)
{
	int fd = open_map_file(arg, m->range);

	if (fd < 0)
		return 2;
	(void)close(fd);
	return 1;
}

bool mapped_can_be_read(const struct subject *s)
{
	return mapped_each(s->process.pid, try_open, (void *)s) != 2;
}

bool mapped_is_named_module(const struct mapped *m)
{
	return replaced_is_module(m->path);
}

/* "libssl.so.3", "ld-linux.so.2": libraries of the system. They are many and large. */
static bool is_system_library(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return strncmp(name, "lib", 3) == 0 || strncmp(name, "ld-", 3) == 0;
}

bool mapped_is_module(const struct mapped *m, int fd)
{
	return mapped_is_named_module(m) ||
	       (!is_system_library(m->path) && file_contains(fd, MODULE_NAMES));
}
