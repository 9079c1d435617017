/*
 * Notes from one run to a later one: a short text under a name, in the lock folder
 * (os/lock_room.h), which only we can write, and which is empty after a boot. Losing a note must do
 * no harm.
 */
#ifndef OS_NOTE_H
#define OS_NOTE_H

#include <sys/types.h>

enum { NOTE_MAX = 512 };

/*
 * Reads a note, at most NOTE_MAX - 1 bytes, and adds a NUL. Returns its length; -ENOENT: there is
 * none; -EPERM: the file or the folder is not ours; or -errno.
 */
ssize_t note_read(const char *name, char ret[NOTE_MAX]);

/* Replaces the note atomically. 0 or -errno. */
int note_write(const char *name, const char *text);

void note_remove(const char *name);

#endif
