/* Notes are small files in the lock folder. A new text is written to a new file, then renamed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/identity.h"
#include "os/lock_room.h"
#include "os/note.h"

/* Lifts; stays lifted until close_folder(), unless it fails. */
static int open_folder(void)
{
	char path[PATH_MAX];
	int folder;

	identity_lift();
	folder = lock_room_folder(path, sizeof(path));
	if (folder < 0)
		identity_lower();
	return folder;
}

static void close_folder(int folder)
{
	(void)close(folder);
	identity_lower();
}

static ssize_t read_text(int folder, const char *name, char ret[NOTE_MAX])
{
	struct stat st;
	ssize_t n;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!lock_room_is_ours(fd, &st)) {
		n = -EPERM;
	} else {
		n = pread(fd, ret, NOTE_MAX - 1, 0);
		if (n < 0)
			n = -errno;
		else
			ret[n] = '\0';
	}
	(void)close(fd);
	return n;
}

ssize_t note_read(const char *name, char ret[NOTE_MAX])
{
	int folder = open_folder();
	ssize_t n;

	if (folder < 0)
		return folder;
	n = read_text(folder, name, ret);
	close_folder(folder);
	return n;
}

static int write_text(int folder, const char *name, const char *text)
{
	char temporary[NAME_MAX + 1];
	size_t length = strlen(text);
	ssize_t n;
	int fd;
	int r = 0;

	(void)snprintf(temporary, sizeof(temporary), "%s.%d", name, (int)getpid());
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	n = write(fd, text, length);
	if (n != (ssize_t)length)
		r = n < 0 ? -errno : -ENOSPC;
	if (close(fd) < 0 && !r)
		r = -errno;
	if (!r && renameat(folder, temporary, folder, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(folder, temporary, 0);
	return r;
}

int note_write(const char *name, const char *text)
{
	int folder = open_folder();
	int r;

	if (folder < 0)
		return folder;
	r = write_text(folder, name, text);
	close_folder(folder);
	return r;
}

void note_remove(const char *name)
{
	int folder = open_folder();

	if (folder < 0)
		return;
	(void)unlinkat(folder, name, 0);
	close_folder(folder);
}
