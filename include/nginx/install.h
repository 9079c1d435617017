/*
 * Puts an nginx binary in the place of another, so that at every moment a whole binary stands at
 *the path, and takes that back. It knows files only: no process, no signal.
 *
 * In the folder of the target:
 *	.nginx-handover.XXXXXX   a copy on its way (swept when nobody holds its lock)
 *	nginx.1.18.0             a backup: a hard link to what stood at the path, by its version
 *	nginx.1.18.0-2           another build of the same version; one that differs is never
 *replaced
 *
 *	install_binary:  copy beside the target, with its mode, owner and extended attributes ->
 *fsync
 *	                 -> hard link of the target as backup -> rename over the target -> fsync
 *folder restore_binary:  the backup that is the very file (device and inode) the running master
 *	                 executes, or else a copy of its image, is put at the path in the same way
 *
 * All paths are as this process sees them (a caller prefixes /proc/PID/root where it must).
 */
#ifndef NGINX_INSTALL_H
#define NGINX_INSTALL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A file's identity. */
struct file_id {
	dev_t device;
	ino_t inode;
};

/* Where a failed call failed, for the message. */
struct install_error {
	const char *step; /* "copy", "set the mode of", "fsync", "link the backup", "rename", ... */
	char path[PATH_MAX]; /* the file it was about */
};

#define BACKUPS_KEPT 3

bool file_id_equal(const struct file_id *a, const struct file_id *b);

/* Follows links. 0 or -errno. */
int file_id_of(const char *path, struct file_id *ret);

/*
 * Installs new_binary at target. version names what stands at the target now ("1.18.0"; validated
 * again here: -EINVAL if it could not be part of a file name). running is an open descriptor of the
 * image that the master executes (/proc/PID/exe): when target is not that file (a package manager
 * replaced it), the image is what gets saved as the backup, by copy.
 *
 * Where target does not exist its mode and owner are those of the running image.
 * ret_backup (PATH_MAX) is the backup's path. On failure the target and the backups are as before
 * and no temporary file is left. -errno; *err says where.
 */
int install_binary(const char *new_binary, const char *target, int running, const char *version,
		   char *ret_backup, struct install_error *err);

/*
 * Makes target the file that `running` executes again: from the backup beside it that has the same
 * identity, or by a copy of `running`. A target that is it already is left alone (0).
 */
int restore_binary(const char *target, int running, struct install_error *err);

/*
 * Saves the running image as a backup beside target unless a file with its identity stands there
 * (the target itself or a backup). ret_backup as above.
 */
int save_running(const char *target, int running, const char *version, char *ret_backup,
		 struct install_error *err);

/* The newest backup beside target that is not the target's own file; -ENOENT when there is none. */
int newest_backup(const char *target, char *ret_path);

/* Removes temporary files of runs that are dead. Returns how many, or -errno. */
int install_sweep(const char *target);

/* Removes all but the newest `keep` backups; never one that is `in_use`. */
int prune_backups(const char *target, unsigned keep, const struct file_id *in_use);

#endif
