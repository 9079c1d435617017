/*
 * The lock folder, where runs find each other, and its gate: a lock that lets in one run at a time.
 * For lock.c; the folder alone also for notes and kept files.
 *
 *	lock_room_enter -> ... -> lock_room_leave
 */
#ifndef OS_LOCK_ROOM_H
#define OS_LOCK_ROOM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

struct lock_room {
	int folder;
	int gate; /* the file whose flock(2) lets in one run at a time */
};

/*
 * Opens the folder and locks the gate. path gets the path of the gate; if the folder cannot be
 * used, that of the folder. 0; -EWOULDBLOCK: another run holds the gate for too long; -EPERM:
 * others can write the folder; or -errno.
 */
int lock_room_enter(char path[PATH_MAX], struct lock_room *ret);
void lock_room_leave(const struct lock_room *room);

/*
 * Opens the folder only, and creates it if missing: a descriptor, and its path in path (size
 * bytes); -EPERM: others can write the folder; or -errno. A run that has become a user must call
 * this and lock_room_enter() lifted (os/identity.h).
 */
int lock_room_folder(char *path, size_t size);

/* Whether this is a regular file that belongs to us; fills *st. */
bool lock_room_is_ours(int fd, struct stat *st);

#endif
