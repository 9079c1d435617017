/*
 * The backups beside a binary. Private to the installing of a binary (nginx/install.h), which says
 * what they are. A name counts as a backup's when a version by numbers follows the binary's name
 * ("nginx.1.18.0", "nginx.1.18.0-2"; not "nginx.old") and it is a regular file that can be
 * executed.
 */
#ifndef NGINX_BACKUP_H
#define NGINX_BACKUP_H

#include "nginx/place.h"

struct backup {
	char name[NAME_MAX + 1];
	bool made; /* by this call: to be removed again when what follows fails */
};

/* Whether a name in the folder is a backup's, whoever made it. */
bool is_backup(const struct place *p, const char *name, struct stat *ret);

/* Whether a version can be part of a backup's name. */
bool backup_version_is_valid(const char *version);

/*
 * Makes sure that the image behind `running` stands under a backup's name: as it is where it still
 * has a name in the folder and the file system has hard links, else as a copy. 0 or -errno with the
 * error noted.
 */
int backup_save(const struct place *p, int running, const char *version, struct backup *ret);

/*
 * A backup of the running image, and then the copy, unless it is NULL, at the target. ret_backup
 * (PATH_MAX bytes) is the backup's path. 0 or -errno with the error noted and all as before, as in
 * install_commit().
 */
int install_save_and_swap(const struct place *p, struct temporary *copy, int running,
			  const char *version, char *ret_backup);

/*
 * A name beside the target (nginx.*, whoever made it) of the file with this identity; ret has
 * NAME_MAX + 1 bytes. -ENOENT: none.
 */
int backup_find(const struct place *p, const struct file_id *id, char *ret);

#endif
