/* Digests of the files that a transaction brings, so that the next hook recognises them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/package_files.h"
#include "core/search.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/mapped.h"
#include "nginx/master.h"
#include "nginx/replaced.h"
#include "os/sha256.h"
#include "trust/actor.h"
#include "trust/program.h"

/* A configuration has some hundred files. In a larger tree the search ends early: it costs time in
 * a transaction. */
enum { ENTRIES_MAX = 4000, DEPTH_MAX = 6 };

static void add_text(struct sha256 *sum, const char *text)
{
	sha256_add(sum, text, strlen(text) + 1);
}

static void add_stat(struct sha256 *sum, const struct stat *st)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "%llu %llu %lld %lld.%09ld",
		       (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
		       (long long)st->st_size, (long long)st->st_ctim.tv_sec,
		       (long)st->st_ctim.tv_nsec);
	add_text(sum, text);
}

static void add_file(struct sha256 *sum, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct digest digest;
	struct stat st;
	uint64_t size;

	add_text(sum, path);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		add_stat(sum, &st);
		if (digest_of_fd(fd, &digest, &size) == 0)
			sha256_add(sum, digest.bytes, sizeof(digest.bytes));
	}
	(void)close(fd);
}

struct modules {
	struct sha256 *sum;
	const char *root;
};

/* The file at the module's path, even if another one is mapped. */
static int add_module(const struct mapped *module, void *arg)
{
	const struct modules *m = arg;
	char reached[2 * PATH_MAX];

	if (replaced_is_module(module->path) &&
	    snprintf(reached, sizeof(reached), "%s%s", m->root, module->path) < PATH_MAX)
		add_file(m->sum, reached);
	return 0;
}

void package_files_digest(const struct master *m, const char *nginx, struct digest *ret)
{
	struct modules modules;
	struct sha256 sum;
	char target[PATH_MAX];

	sha256_begin(&sum);
	if (m && master_binary(m, target) == 0)
		nginx = target;
	add_file(&sum, nginx);
	modules.sum = &sum;
	if (m) {
		modules.root = m->subject.root;
		(void)mapped_each(m->subject.process.pid, add_module, &modules);
	}
	sha256_end(&sum, ret);
}

struct walk {
	unsigned char all[32]; /* xor of all entries' digests: their order does not matter */
	unsigned entries;
};

static void add_entry(struct walk *w, const char *name, const struct stat *st)
{
	struct digest digest;
	struct sha256 sum;
	size_t i;

	sha256_begin(&sum);
	add_text(&sum, name);
	add_stat(&sum, st);
	sha256_end(&sum, &digest);
	for (i = 0; i < sizeof(w->all); i++)
		w->all[i] ^= digest.bytes[i];
	w->entries++;
}

/* Closes fd. Links are not followed. */
static void walk_folder(struct walk *w, int fd, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	if (!dir) {
		(void)close(fd);
		return;
	}
	while (w->entries < ENTRIES_MAX && (entry = readdir(dir)) != NULL) {
		int below;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		add_entry(w, entry->d_name, &st);
		if (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX)
			continue;
		below = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			walk_folder(w, below, depth + 1);
	}
	(void)closedir(dir);
}

/* The folder of the master's configuration file. False: it is unknown. */
static bool conf_folder(const struct master *m, char ret[PATH_MAX])
{
	struct program program = PROGRAM_NONE;
	struct actor as = actor_of(&m->subject, NULL);
	struct ask_failure why;
	struct build_info build;
	bool found = false;
	char *slash;

	if (program_of(&m->subject, &program) == 0 &&
	    version_ask(&program, &as, &build, &why) == 0) {
		found = search_conf_path(m, &build, ret) == 0;
		build_info_free(&build);
	}
	program_close(&program);
	actor_free(&as);
	slash = found ? strrchr(ret, '/') : NULL;
	if (slash)
		*slash = '\0';
	return slash && ret[0];
}

void package_configuration_digest(const struct master *m, struct digest *ret)
{
	struct walk w;
	char folder[PATH_MAX];
	int fd = -1;

	memset(&w, 0, sizeof(w));
	if (m && conf_folder(m, folder))
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		walk_folder(&w, fd, 0);
	memcpy(ret->bytes, w.all, sizeof(ret->bytes));
}
