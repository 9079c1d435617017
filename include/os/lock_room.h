/*
 * The room where runs look for each other, one at a time; for lock.c.
 *
 *	lock_room_enter -> ... -> lock_room_leave
 */
#ifndef OS_LOCK_ROOM_H
#define OS_LOCK_ROOM_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct lock_room {
	int folder;
	int gate; /* the lock for all */
};

/*
 * path gets that of the folder, and where the folder is well, that of the lock for all. 0;
 * -EWOULDBLOCK: another run has been in there for too long; -EPERM: it is not ours alone; -errno.
 */
int lock_room_enter(char path[PATH_MAX], struct lock_room *ret);
void lock_room_leave(const struct lock_room *room);

/*
 * Only its folder: a descriptor, with its path, or -errno; -EPERM: it is not ours alone. To be
 * called as root by who has become a user, as the rest (os/identity.h).
 */
int lock_room_folder(char *path, size_t size);

/* Whether this is a regular file of ours; fills *st. */
bool lock_room_is_ours(int fd, struct stat *st);

#endif
