/*
 * For the tests of what installs a binary: a folder for each test with a binary of one letter to be
 * replaced and another to be installed.
 */
#ifndef INSTALL_FIXTURE_H
#define INSTALL_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "nginx/staged.h"
#include "tap.h"

static char top[64]; /* everything */
static unsigned descriptors;
static unsigned folder; /* of this test, below it: a number */
static char backup[PATH_MAX];
static struct install_error err;
static struct believed caller;

/* A path in this test's folder; four at a time. */
static const char *at(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, PATH_MAX, "%s/%u%s%s", top, folder, *name ? "/" : "", name);
	return path;
}

/* Content that is over a chunk long, so that copies are made of several. */
static void put(const char *name, char letter, mode_t mode)
{
	char block[50000];
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int i;

	must(fd >= 0, name);
	memset(block, letter, sizeof(block));
	for (i = 0; i < 3; i++)
		must(write(fd, block, sizeof(block)) == (ssize_t)sizeof(block), name);
	must(fchmod(fd, mode) == 0, name);
	(void)close(fd);
}

/* How many backups are found; the path of one of them in `backup`. */
static inline int count_kept(void)
{
	static struct served none;
	static struct kept_list list;
	struct builds b;

	must(builds_at(at("nginx"), &caller, &b) == 0, "builds_at");
	kept_find(&b, &none, &list);
	if (list.count)
		(void)snprintf(backup, sizeof(backup), "%s", list.list[0].path);
	return (int)list.count;
}

static inline int prune(unsigned keep, const struct file_id *in_use)
{
	struct builds b;

	must(builds_at(at("nginx"), &caller, &b) == 0, "builds_at");
	return builds_prune(&b, "", at("nginx"), keep, in_use);
}

static void begin(void)
{
	folder++;
	must(mkdir(at(""), 0755) == 0, "mkdir");
	put("nginx", 'a', 0755);
	put("new", 'b', 0700);
	memset(&err, 0, sizeof(err));
	backup[0] = '\0';
}

/* The letter that the file is full of; '?' when it is not whole. */
static char letter(const char *name)
{
	char block[150001];
	int fd = open(at(name), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, block, sizeof(block));

	if (fd >= 0)
		(void)close(fd);
	return n == 150000 && memcmp(block, block + 1, 149999) == 0 ? block[0] : '?';
}

static ino_t inode(const char *name)
{
	struct stat st;

	return lstat(at(name), &st) == 0 ? st.st_ino : 0;
}

static int image(const char *name)
{
	int fd = open(at(name), O_RDONLY | O_CLOEXEC);

	must(fd >= 0, name);
	return fd;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the folder, sorted, each followed by a blank. */
static const char *names(void)
{
	static char text[4096];
	char *list[64] = {NULL};
	size_t count = 0, i;
	struct dirent *e;
	DIR *dir = opendir(at(""));

	must(dir != NULL, "opendir");
	while ((e = readdir(dir)) && count < 64)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			list[count++] = strdup(e->d_name);
	(void)closedir(dir);
	qsort(list, count, sizeof(*list), by_name);
	text[0] = '\0';
	for (i = 0; i < count; i++) {
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof(text) - n, "%s ", list[i]);
		free(list[i]);
	}
	return text;
}

/* Both steps of an installation. */
static int install_from_to(const char *from, const char *to, int running, const char *version)
{
	struct staged s;
	int r = install_stage(&caller, "", from, to, running, &s, &err);

	if (r < 0)
		return r;
	r = install_commit(&s, version, backup, &err);
	install_unstage(&s);
	return r;
}

static inline int install(int running, const char *version)
{
	return install_from_to(at("new"), at("nginx"), running, version);
}

static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	must(dir != NULL, "/proc/self/fd");
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static void remove_all(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", top);
	must(system(command) == 0, command);
}

static void fixture_open(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(top, sizeof(top), "%.40s/install.XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(top) != NULL, top);
	descriptors = open_descriptors();
	caller = believed_caller();
}

/* Returns the exit status. */
static int fixture_close(void)
{
	same_number(open_descriptors(), descriptors, "no descriptor is left open");
	remove_all();
	return tap_end();
}

#endif
