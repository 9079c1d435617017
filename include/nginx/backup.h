/*
 * The backups beside a binary; nginx/install.h says what they are for. Private to the files that
 * install a binary. A file is a backup when its name is that of the binary and a version in numbers
 * ("nginx.1.18.0", "nginx.1.18.0-2"; not "nginx.old"), and it is a regular file that can be
 * executed.
 */
#ifndef NGINX_BACKUP_H
#define NGINX_BACKUP_H

#include "nginx/place.h"
#include "os/file_id.h"

struct backup {
	char name[NAME_MAX + 1];
	bool made; /* this call has made it: to be removed if a later step fails */
};

/* Whether the file of that name in the folder is a backup, whoever made it. *ret is its stat(2)
 * then. */
bool is_backup(const struct place *p, const char *name, struct stat *ret);

/* Whether a version can be part of a backup's name. */
bool backup_version_is_valid(const char *version);

/*
 * Makes sure that there is a backup of the image behind the descriptor `running`: a hard link, if
 * the image still has a name in the folder and the file system has hard links, else a copy. 0, or
 * -errno with p->err filled in.
 */
int backup_save(const struct place *p, int running, const char *version, struct backup *ret);

/*
 * Makes a backup of the running image and then puts the copy, unless it is NULL, at the target.
 * ret_backup (PATH_MAX bytes) is the backup's path. 0, or -errno with p->err filled in and
 * everything as it was before, as install_commit() does.
 */
int install_save_and_swap(const struct place *p, struct temporary *copy, int running,
			  const char *version, char *ret_backup);

/*
 * Finds a name beside the target (nginx.*, whoever made it) that leads to the file with this
 * identity; a backup's name is preferred. ret has NAME_MAX + 1 bytes. 0, -ENOENT: none; or another
 * -errno.
 */
int backup_find(const struct place *p, const struct file_id *id, char *ret);

#endif
