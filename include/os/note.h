/*
 * A short text under a name, in the folder of the locks (os/lock_room.h), which nobody but us can
 * write and which a boot clears: what one run wants the next one to know. A note that is lost is no
 * harm.
 */
#ifndef OS_NOTE_H
#define OS_NOTE_H

#include <sys/types.h>

enum { NOTE_MAX = 512 };

/* The length of the text, which ends with a NUL; -ENOENT: none; -EPERM: it is not ours; -errno. */
ssize_t note_read(const char *name, char ret[NOTE_MAX]);

/* In place of what was there: whole, or not at all. 0 or -errno. */
int note_write(const char *name, const char *text);

void note_remove(const char *name);

#endif
