/*
 * The files in which runs write what they act on, and the search through those of other runs. Only
 * a file with a flock on it counts: without one its run is dead, and whoever finds the file removes
 * it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/folder.h"
#include "os/identity.h"
#include "os/lock.h"
#include "os/lock_room.h"
#include "os/lock_subjects.h"
#include "os/lock_text.h"
#include "os/lock_wait.h"
#include "os/process.h"
#include "os/procfs.h"

/* The longest text of one run: twice what lock_take() writes of a usual run, and more than it can
 * write at all: LOCK_LINES_MAX lines. */
enum { TEXT_MAX = 12288 };

static const char run_prefix[] = "run-";

/* Reads a whole file as text. 0; -E2BIG; or -errno. */
static int read_text(int fd, char text[TEXT_MAX])
{
	ssize_t n = pread(fd, text, TEXT_MAX, 0);

	if (n < 0)
		return -errno;
	if (n == TEXT_MAX)
		return -E2BIG;
	text[n] = '\0';
	return 0;
}

static bool has_any(const char *text, const struct lock_subjects *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (lock_text_has(text, s->list[i]))
			return true;
	}
	return false;
}

/* Whether this error of open(2) means that the file is no run's: it is gone, or was never one. */
static bool is_no_run(int error)
{
	return error == ENOENT || error == ELOOP || error == ENXIO || error == EACCES;
}

/*
 * Opens one file of the folder if a live run has written one of these lines into it: *ret_fd and
 * its text; else *ret_fd is -1. 0; or -errno: the file could not be read, so nobody knows whose it
 * is. Whoever only looks takes the flock shared, so that two runs that look at the same file do not
 * take each other for its owner.
 */
static int open_if_conflicting(int folder, const char *name, const struct lock_subjects *s,
			       int *ret_fd, char text[TEXT_MAX])
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r = 0;

	*ret_fd = -1;
	if (fd < 0)
		return is_no_run(errno) ? 0 : -errno;
	if (!lock_room_is_ours(fd, &st))
		goto out;
	if (lock_try_shared(fd, false) == 0) {
		(void)unlinkat(folder, name, 0); /* of a dead run */
		goto out;
	}
	r = read_text(fd, text);
	if (!r && has_any(text, s)) {
		*ret_fd = fd;
		return 0;
	}
out:
	(void)close(fd);
	return r;
}

/*
 * *ret_fd: the file of the first other run that has written one of these lines, or -1. 0; or
 * -errno: there may be such a run.
 */
static int find_other(int folder, const char *own, const struct lock_subjects *s, int *ret_fd,
		      char text[TEXT_MAX])
{
	DIR *dir = folder_entries(folder);
	struct dirent *entry;
	int r = 0;

	*ret_fd = -1;
	if (!dir)
		return -errno;
	while (!r && *ret_fd < 0) {
		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			r = -errno;
			break;
		}
		if (strncmp(entry->d_name, run_prefix, strlen(run_prefix)) == 0 &&
		    strcmp(entry->d_name, own) != 0)
			r = open_if_conflicting(folder, entry->d_name, s, ret_fd, text);
	}
	(void)closedir(dir);
	return r;
}

static int write_all(int fd, const char *text, size_t length)
{
	ssize_t n = write(fd, text, length);

	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -ENOSPC;
}

/* Appends the lines that the file does not have yet: all of them, or none. */
static int append_lines(int fd, const struct lock_subjects *s)
{
	char text[TEXT_MAX];
	size_t had;
	size_t length;
	size_t i;
	int r;

	r = read_text(fd, text);
	if (r < 0)
		return r;
	had = length = strlen(text);
	for (i = 0; i < s->count; i++) {
		if (lock_text_has(text, s->list[i]))
			continue;
		if (length + LOCK_LINE_MAX + 1 >= TEXT_MAX)
			return -E2BIG;
		length += (size_t)snprintf(text + length, LOCK_LINE_MAX + 1, "%s\n", s->list[i]);
	}
	r = write_all(fd, text + had, length - had);
	if (r < 0)
		(void)!ftruncate(fd, (off_t)had);
	return r;
}

/* Creates and locks a new file. Its name replaces what follows the first `length` bytes of path. */
static int create_own_file(int folder, char path[PATH_MAX], size_t length, int *ret)
{
	unsigned i;
	int fd = -1;

	for (i = 0; fd < 0 && i < 100; i++) {
		(void)snprintf(path + length, PATH_MAX - length, "%s%d-%u", run_prefix,
			       (int)getpid(), i);
		fd = openat(folder, path + length,
			    O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return -errno;
	*ret = fd;
	return lock_try_exclusive(fd, false);
}

static int create_and_hold(struct lock *lock, int folder, const struct lock_subjects *s,
			   const char *what)
{
	size_t length = (size_t)(strrchr(lock->path, '/') + 1 - lock->path);
	struct proc_stat self = {.start_ticks = 0};
	char line[128];
	int n;
	int r = create_own_file(folder, lock->path, length, &lock->fd);

	if (!r) {
		(void)procfs_stat(getpid(), &self);
		n = snprintf(line, sizeof(line), "%d %llu %.60s\n", (int)getpid(),
			     (unsigned long long)self.start_ticks, what);
		r = write_all(lock->fd, line, (size_t)n);
	}
	if (!r)
		r = append_lines(lock->fd, s);
	if (r < 0)
		lock_release(lock);
	return r;
}

/* *ret_busy: the file of the run that holds the lock, to be waited for; or -1. */
static int try_to_take(struct lock *lock, const struct lock_subjects *s, const char *what,
		       int *ret_busy, char *ret_holder, size_t size)
{
	char text[TEXT_MAX];
	struct lock_room room;
	int r = lock_room_enter(lock->path, &room);

	(void)snprintf(ret_holder, size, "another run");
	*ret_busy = -1;
	if (r < 0)
		return r;
	r = find_other(room.folder, "", s, ret_busy, text);
	if (!r && *ret_busy >= 0) {
		lock_text_name(text, ret_holder, size);
		r = -EWOULDBLOCK;
	}
	if (!r)
		r = create_and_hold(lock, room.folder, s, what);
	lock_room_leave(&room);
	return r;
}

int lock_take(struct lock *lock, const struct lock_subjects *s, const char *what, uint64_t wait_us,
	      char *ret_holder, size_t size)
{
	uint64_t until_us = clock_us() + wait_us;
	int r;

	lock->fd = -1;
	do {
		uint64_t now_us;
		int busy;

		identity_lift();
		r = try_to_take(lock, s, what, &busy, ret_holder, size);
		identity_lower();
		if (busy < 0)
			return r;
		now_us = clock_us();
		r = now_us < until_us ? lock_within(busy, lock_try_shared, until_us - now_us)
				      : -EWOULDBLOCK;
		(void)close(busy);
	} while (r == 0); /* the other run has ended, but there may be one more */
	return r;
}

void lock_ends(const struct lock *lock)
{
	if (lock->fd >= 0)
		(void)write_all(lock->fd, LOCK_TEXT_ENDS "\n", sizeof(LOCK_TEXT_ENDS "\n") - 1);
}

void lock_release(struct lock *lock)
{
	if (lock->fd < 0)
		return;
	/* While the flock is held, nobody else removes the file or creates one of that name. */
	identity_lift();
	(void)unlink(lock->path);
	identity_lower();
	(void)close(lock->fd);
	lock->fd = -1;
}

/*
 * Whether a process has the file open. While the gate of the lock folder is held, only the file's
 * own run has it open (and we). /proc/locks is of no use: on some file systems (btrfs, overlayfs)
 * its device numbers are not those of stat(2).
 */
static bool has_open(pid_t pid, int fd)
{
	char path[PATH_MAX];
	DIR *dir = opendir(procfs_path(path, pid, "fd"));
	struct dirent *entry;
	struct stat wanted;
	struct stat st;
	bool found = false;

	if (!dir)
		return false;
	while (!found && fstat(fd, &wanted) == 0 && (entry = readdir(dir)) != NULL)
		found = fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
			st.st_ino == wanted.st_ino && st.st_dev == wanted.st_dev;
	(void)closedir(dir);
	return found;
}

/* The process is opened first and compared afterwards, so a reused pid is noticed. */
static bool is_proven_holder(int fd, const char *text, struct process *ret,
			     char ret_what[LOCK_WHAT_MAX])
{
	struct process said;

	if (!lock_text_holder(text, &said, ret_what) || process_open(said.pid, ret) < 0)
		return false;
	if (process_same(ret, &said) && has_open(ret->pid, fd))
		return true;
	process_close(ret);
	return false;
}

int lock_holder(const struct lock_subjects *s, struct process *ret, char *ret_what, size_t size,
		bool *ret_ends)
{
	struct process holder = PROCESS_NONE;
	char text[TEXT_MAX];
	char path[PATH_MAX];
	char what[LOCK_WHAT_MAX];
	struct lock_room room;
	int busy = -1;
	int r = -ESRCH;

	identity_lift();
	if (lock_room_enter(path, &room) == 0) {
		if (find_other(room.folder, "", s, &busy, text) == 0 && busy >= 0) {
			if (is_proven_holder(busy, text, &holder, what))
				r = 0;
			(void)close(busy);
		}
		lock_room_leave(&room);
	}
	identity_lower();
	if (r == 0) {
		*ret = holder;
		(void)snprintf(ret_what, size, "%s", what);
		if (ret_ends)
			*ret_ends = lock_text_ends(text);
	}
	return r;
}
