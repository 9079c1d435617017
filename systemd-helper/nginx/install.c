/*
 * Puts a binary in place and undoes that: the order of the steps. The path changes only by the
 * rename. If a step before it fails, the files that were made are removed.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/backup.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "os/file_id.h"
#include "trust/path.h"

static int put_in_place(const struct place *p, struct temporary *t)
{
	int r = temporary_rename(p, t, p->name);

	return r < 0 ? place_failed(p, "replace", p->name, r) : 0;
}

static bool target_is(const struct place *p, const struct file_id *id)
{
	struct file_id at_target;

	return place_id(p, p->name, &at_target) == 0 && file_id_equal(&at_target, id);
}

/* Puts the image back by a link. -errno: it has no name here any more, or there are no hard
 * links. */
static int relink(const struct place *p, const struct file_id *id)
{
	struct temporary t = TEMPORARY_NONE;
	char name[NAME_MAX + 1];
	int r = backup_find(p, id, name);

	if (!r)
		r = temporary_link(p, name, id, &t);
	if (!r)
		r = temporary_rename(p, &t, p->name);
	temporary_drop(p, &t);
	return r;
}

static int put_back(const struct place *p, int running)
{
	struct temporary t = TEMPORARY_NONE;
	char image[PATH_MAX];
	struct file_id id;
	int r = file_id_of_fd(running, &id);

	if (r < 0)
		return place_failed(p, "look at the running image of", p->name, r);
	if (target_is(p, &id))
		return 0;
	if (relink(p, &id) < 0) {
		image_path(running, image);
		r = temporary_copy(p, running, image, running, &t);
		if (!r)
			r = put_in_place(p, &t);
		temporary_drop(p, &t);
	}
	return r < 0 ? r : place_sync(p);
}

/* 0, or -errno; *ret_undone says then whether the target is as it was before. */
static int swap_and_sync(const struct place *p, struct temporary *copy, int running,
			 bool *ret_undone)
{
	struct place quiet;
	int r = put_in_place(p, copy);

	*ret_undone = true;
	if (!r) {
		r = place_sync(p);
		if (r < 0) {
			quiet = *p;
			quiet.err = NULL; /* keeps the error of the sync */
			*ret_undone = put_back(&quiet, running) == 0;
		}
	}
	return r;
}

int install_save_and_swap(const struct place *p, struct temporary *copy, int running,
			  const char *version, char *ret_backup)
{
	struct backup backup;
	char path[PATH_MAX];
	bool undone = true;
	int r = backup_save(p, running, version, &backup);

	if (r < 0)
		return r;
	r = place_path(p, backup.name, path);
	if (r < 0)
		(void)place_failed(p, "create a backup in", NULL, r);
	else
		r = place_sync(p);
	if (!r && copy)
		r = swap_and_sync(p, copy, running, &undone);
	if (!r)
		(void)snprintf(ret_backup, PATH_MAX, "%s", path);
	else if (backup.made && undone)
		(void)unlinkat(p->folder, backup.name, 0);
	return r;
}

int restore_binary(const struct believed *b, const char *root, const char *target, int running,
		   struct install_error *err)
{
	struct place p;
	struct stat st;
	int r = place_open(&p, b, root, target, err);

	if (!r && place_stat(&p, p.name, &st) == 0 && !S_ISREG(st.st_mode)) {
		r = S_ISLNK(st.st_mode) ? -ELOOP : S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
		r = place_failed(&p, "replace", p.name, r);
	}
	if (!r)
		r = place_judge_running(&p, running);
	if (!r)
		r = put_back(&p, running);
	place_close(&p);
	return r;
}

int save_running(const struct believed *b, const char *root, const char *target, int running,
		 const char *version, char *ret_backup, struct install_error *err)
{
	struct file_id id = {0, 0};
	struct place p;
	int r = place_open(&p, b, root, target, err);

	if (!r) {
		r = file_id_of_fd(running, &id);
		if (r < 0)
			r = place_failed(&p, "look at the running image of", p.name, r);
	}
	if (!r && target_is(&p, &id)) {
		r = place_path(&p, p.name, ret_backup);
		if (r < 0)
			r = place_failed(&p, "save", NULL, r);
	} else if (!r) {
		r = install_save_and_swap(&p, NULL, running, version, ret_backup);
	}
	place_close(&p);
	return r;
}

int save_file(const struct believed *b, const char *root, const char *target, int fd,
	      const char *version, char *ret_backup, struct install_error *err)
{
	struct place p;
	int r = place_open(&p, b, root, target, err);

	if (!r)
		r = install_save_and_swap(&p, NULL, fd, version, ret_backup);
	place_close(&p);
	return r;
}

static bool is_busy_name(const char *name)
{
	size_t n;

	if (strncmp(name, BUSY_PREFIX, strlen(BUSY_PREFIX)) != 0)
		return false;
	name += strlen(BUSY_PREFIX);
	for (n = 0; isalnum((unsigned char)name[n]); n++)
		;
	return n == 6 && name[n] == '\0';
}

struct sweeping {
	int removed;
	int failure;
};

/* Whether no run has it: we get its lock, and the name still leads to it. */
static bool is_dead(const struct place *p, int fd, const char *name)
{
	struct file_id id = {0, 0}, at_name = {0, 0};

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && file_id_of_fd(fd, &id) == 0 &&
	       place_id(p, name, &at_name) == 0 && file_id_equal(&id, &at_name);
}

static int sweep_one(const struct place *p, const char *name, void *arg)
{
	struct sweeping *s = arg;
	int fd;

	if (!is_busy_name(name))
		return 0;
	fd = place_read(p, name);
	if (fd < 0)
		return 0; /* not a file of ours, or already gone */
	if (is_dead(p, fd, name)) {
		if (unlinkat(p->folder, name, 0) == 0)
			s->removed++;
		else if (errno != ENOENT)
			s->failure = -errno;
	}
	(void)close(fd);
	return 0;
}

int install_sweep(const struct believed *b, const char *root, const char *target)
{
	struct sweeping s = {0, 0};
	struct place p;
	int r = place_open(&p, b, root, target, NULL);

	if (!r)
		r = place_each(&p, sweep_one, &s);
	place_close(&p);
	if (!r)
		r = s.failure;
	return r < 0 ? r : s.removed;
}
