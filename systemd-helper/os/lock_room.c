/* The lock folder, and its gate: the lock that every run takes for a moment. */
#define _GNU_SOURCE /* AT_EACCESS */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/lock_room.h"
#include "os/lock_wait.h"

/* The gate is held only for a moment, but a run can be stopped (SIGSTOP) in that moment. */
enum { GATE_US = 10000000, GATE_TRIES = 5 };

/* Only we may write it: anybody who can may hold the gate for ever. */
int lock_room_folder(char *path, size_t size)
{
	struct stat st;
	int fd;

	if (geteuid() == 0)
		(void)snprintf(path, size, "%s/nginx-handover",
			       faccessat(AT_FDCWD, "/run", W_OK, AT_EACCESS) == 0 ? "/run"
										  : "/var/run");
	else
		(void)snprintf(path, size, "/tmp/nginx-handover-%u", (unsigned)geteuid());
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
		return -EPERM;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

bool lock_room_is_ours(int fd, struct stat *st)
{
	return fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_uid == geteuid();
}

/* -ESTALE: the file was removed while we waited for its lock, by what cleans up /tmp, say. */
static int lock_gate(int folder, int *ret)
{
	struct stat named;
	struct stat st;
	int fd = openat(folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
			0600);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (!lock_room_is_ours(fd, &st))
		r = -EPERM;
	if (!r)
		r = lock_within(fd, lock_try_exclusive, GATE_US);
	if (!r && (fstatat(folder, "lock", &named, AT_SYMLINK_NOFOLLOW) < 0 ||
		   named.st_ino != st.st_ino || named.st_dev != st.st_dev))
		r = -ESTALE;
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

void lock_room_leave(const struct lock_room *room)
{
	(void)close(room->gate);
	(void)close(room->folder);
}

int lock_room_enter(char path[PATH_MAX], struct lock_room *ret)
{
	unsigned tries = GATE_TRIES;
	int folder;
	int r;

	do {
		folder = lock_room_folder(path, PATH_MAX - NAME_MAX);
		if (folder < 0)
			return folder;
		(void)strcat(path, "/lock");
		r = lock_gate(folder, &ret->gate);
		if (r < 0)
			(void)close(folder);
	} while ((r == -ESTALE || r == -ENOENT) && --tries);
	if (!r)
		ret->folder = folder;
	return r;
}
