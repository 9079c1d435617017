/*
 * The files in which runs note what they act on, and the look through those of the others. What
 * counts is the flock on such a file: without it the run is dead, and its file is removed in
 * passing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/identity.h"
#include "os/lock.h"
#include "os/lock_room.h"
#include "os/lock_wait.h"
#include "os/procfs.h"

/* All that one run notes. */
enum { TEXT_MAX = 32768 };

static const char run_prefix[] = "run-";

/* Reads all of a file as text. False: it is not to be read, or too large. */
static bool read_text(int fd, char text[TEXT_MAX])
{
	ssize_t n = pread(fd, text, TEXT_MAX, 0);

	if (n < 0 || n == TEXT_MAX)
		return false;
	text[n] = '\0';
	return true;
}

/* Whether the line stands in the text, behind its first line, which says who. */
static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	while ((text = strchr(text, '\n')) != NULL) {
		text++;
		if (strncmp(text, line, length) == 0 && text[length] == '\n')
			return true;
	}
	return false;
}

static bool has_any(const char *text, const struct lock_subjects *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (has_line(text, s->list[i]))
			return true;
	}
	return false;
}

/*
 * One entry of the folder: its descriptor and text, where a live run has noted one of these there;
 * else -1. All but the runs take the flock shared, so that none of them is taken for a run.
 */
static int look_at(int folder, const char *name, const struct lock_subjects *s, char text[TEXT_MAX])
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (lock_room_is_ours(fd, &st)) {
		if (lock_try_shared(fd, false) == 0)
			(void)unlinkat(folder, name, 0); /* of a dead run */
		else if (read_text(fd, text) && has_any(text, s))
			return fd;
	}
	(void)close(fd);
	return -1;
}

/* Leaves in *ret_fd the first other run that has noted one of these, with its text, or -1. */
static int find_other(int folder, const char *own, const struct lock_subjects *s, int *ret_fd,
		      char text[TEXT_MAX])
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int found = -1;

	if (!dir) {
		int r = -errno;

		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	while (found < 0 && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, run_prefix, strlen(run_prefix)) == 0 &&
		    strcmp(entry->d_name, own) != 0)
			found = look_at(folder, entry->d_name, s, text);
	}
	(void)closedir(dir);
	*ret_fd = found;
	return 0;
}

/* The first line: "PID START WHAT". */
static bool parse_holder(const char *text, struct process *ret, char ret_what[64])
{
	unsigned long long start;
	int pid;

	if (sscanf(text, "%d %llu %63[^\n]", &pid, &start, ret_what) != 3 || pid <= 0)
		return false;
	ret->pid = (pid_t)pid;
	ret->start_ticks = start;
	return true;
}

static void name_holder(const char *text, char *ret, size_t size)
{
	struct process p;
	char what[64];

	if (parse_holder(text, &p, what))
		(void)snprintf(ret, size, "%s (pid %d)", what, (int)p.pid);
	else
		(void)snprintf(ret, size, "another run");
}

static int write_all(int fd, const char *text, size_t length)
{
	ssize_t n = write(fd, text, length);

	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -ENOSPC;
}

/* Appends the lines that the file does not have. All or none. */
static int note(int fd, const struct lock_subjects *s)
{
	char text[TEXT_MAX];
	size_t had;
	size_t length;
	size_t i;
	int r;

	if (!read_text(fd, text))
		return -EIO;
	had = length = strlen(text);
	for (i = 0; i < s->count; i++) {
		if (has_line(text, s->list[i]))
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

/* A new file, held. Its name stays in path, which names the folder up to `length`. */
static int make_own(int folder, char path[PATH_MAX], size_t length, int *ret)
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

static int hold(struct lock *lock, int folder, const struct lock_subjects *s, const char *what)
{
	size_t length = (size_t)(strrchr(lock->path, '/') + 1 - lock->path);
	struct proc_stat self = {.start_ticks = 0};
	char line[128];
	int n;
	int r = make_own(folder, lock->path, length, &lock->fd);

	if (!r) {
		(void)procfs_stat(getpid(), &self);
		n = snprintf(line, sizeof(line), "%d %llu %.60s\n", (int)getpid(),
			     (unsigned long long)self.start_ticks, what);
		r = write_all(lock->fd, line, (size_t)n);
	}
	if (!r)
		r = note(lock->fd, s);
	if (r < 0)
		lock_release(lock);
	return r;
}

/* ret_busy: of the run that has it, to be waited for, or -1. */
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
		name_holder(text, ret_holder, size);
		r = -EWOULDBLOCK;
	}
	if (!r)
		r = hold(lock, room.folder, s, what);
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
	} while (r == 0); /* that one has ended: there may be another */
	return r;
}

int lock_add(struct lock *lock, const struct lock_subjects *more, char *ret_holder, size_t size)
{
	char text[TEXT_MAX];
	char path[PATH_MAX];
	struct lock_room room;
	int busy = -1;
	int r;

	identity_lift();
	(void)snprintf(ret_holder, size, "another run");
	r = lock_room_enter(path, &room);
	if (!r) {
		r = find_other(room.folder, strrchr(lock->path, '/') + 1, more, &busy, text);
		if (!r && busy >= 0) {
			name_holder(text, ret_holder, size);
			r = -EWOULDBLOCK;
			(void)close(busy);
		}
		if (!r)
			r = note(lock->fd, more);
		lock_room_leave(&room);
	}
	identity_lower();
	return r;
}

void lock_release(struct lock *lock)
{
	if (lock->fd < 0)
		return;
	/* While it is held nobody else removes the file, or makes one of that name. */
	identity_lift();
	(void)unlink(lock->path);
	identity_lower();
	(void)close(lock->fd);
	lock->fd = -1;
}

/*
 * In the room nobody but the run itself has its file open; /proc/locks would not do, as its devices
 * are not those of stat(2) on some file systems (btrfs, overlayfs).
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

/* Looked at after the process was opened: while that one lives, it is the one. */
static bool proven(int fd, const char *text, struct process *ret, char ret_what[64])
{
	struct process said;

	if (!parse_holder(text, &said, ret_what) || process_open(said.pid, ret) < 0)
		return false;
	if (process_same(ret, &said) && has_open(ret->pid, fd))
		return true;
	process_close(ret);
	return false;
}

int lock_holder(const struct lock_subjects *s, struct process *ret, char *ret_what, size_t size)
{
	struct process holder = PROCESS_NONE;
	char text[TEXT_MAX];
	char path[PATH_MAX];
	char what[64];
	struct lock_room room;
	int busy = -1;
	int r = -ESRCH;

	identity_lift();
	if (lock_room_enter(path, &room) == 0) {
		if (find_other(room.folder, "", s, &busy, text) == 0 && busy >= 0) {
			if (proven(busy, text, &holder, what))
				r = 0;
			(void)close(busy);
		}
		lock_room_leave(&room);
	}
	identity_lower();
	if (r == 0) {
		*ret = holder;
		(void)snprintf(ret_what, size, "%s", what);
	}
	return r;
}
