/*
 * Numbered files in the lock folder. A file that exists already is never opened: another run may
 * have created it with the same number in the same moment.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/folder.h"
#include "os/identity.h"
#include "os/kept_file.h"
#include "os/lock_room.h"

enum { TRIES = 16 };

/* The number in "KIND-NUMBER"; 0: the name is not of this form. */
static unsigned file_number(const char *name, const char *kind)
{
	size_t length = strlen(kind);
	char *end;
	unsigned long number;

	if (strncmp(name, kind, length) != 0 || name[length] != '-' ||
	    !isdigit((unsigned char)name[length + 1]))
		return 0;
	number = strtoul(name + length + 1, &end, 10);
	return *end || number >= UINT_MAX - TRIES ? 0 : (unsigned)number;
}

/* Returns the greatest number, and removes the files with a number up to last_old. */
static unsigned scan_files(int folder, const char *kind, unsigned last_old)
{
	DIR *dir = folder_entries(folder);
	const struct dirent *entry;
	unsigned greatest = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		unsigned number = file_number(entry->d_name, kind);

		if (number && number <= last_old)
			(void)unlinkat(folder, entry->d_name, 0);
		if (number > greatest)
			greatest = number;
	}
	(void)closedir(dir);
	return greatest;
}

static int create_in(int folder, const char *kind, unsigned keep, char *path, size_t length)
{
	unsigned number = scan_files(folder, kind, 0) + 1;
	unsigned i;
	int fd = -1;
	int n;

	if (number > keep)
		(void)scan_files(folder, kind, number - keep);
	for (i = 0; i < TRIES && fd < 0; i++, number++) {
		n = snprintf(path + length, PATH_MAX - length, "/%s-%u", kind, number);
		if (n < 0 || (size_t)n >= PATH_MAX - length)
			return -ENAMETOOLONG;
		fd = openat(folder, path + length + 1,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	return fd < 0 ? -EEXIST : fd;
}

int kept_file_create(const char *kind, unsigned keep, char ret_path[PATH_MAX])
{
	char path[PATH_MAX];
	int folder;
	int r;

	identity_lift();
	r = folder = lock_room_folder(path, sizeof(path));
	if (folder >= 0) {
		r = create_in(folder, kind, keep, path, strlen(path));
		(void)close(folder);
	}
	identity_lower();
	if (r >= 0)
		memcpy(ret_path, path, strlen(path) + 1);
	return r;
}
