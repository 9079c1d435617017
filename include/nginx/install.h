/*
 * Puts an nginx binary in the place of another, so that at every moment a whole binary stands at
 * the path, and takes that back. It knows files only: no process, no signal.
 *
 * In the folder of the target:
 *	.nginx-handover.XXXXXX   on its way; locked while its run lives, else swept
 *	nginx.1.18.0             a backup: what stood at the path, by its version; a hard link
 *	                         where the file system has them, else a copy
 *	nginx.1.18.0-2           another build of the same version; one that differs is never
 *	                         replaced, one of the same bytes is used again
 *
 *	install_binary:  copy beside the target, with its mode, owner and extended attributes
 *	                 -> fsync -> hard link of the target as backup -> fsync of the folder
 *	                 -> rename over the target -> fsync of the folder
 *	restore_binary:  the file (device and inode) that the running master executes is put back
 *	                 under the path if it still has a name here, else a copy of its image
 *
 * All paths are as this process sees them (a caller prefixes /proc/PID/root where it must). A
 * target that is a link is refused (-ELOOP): the caller resolves it. `running` is the image that
 * the master executes, /proc/PID/exe opened to be read.
 *
 * A run that is killed leaves the old or the new file at the path, whole, and at most temporary
 * files and a backup.
 */
#ifndef NGINX_INSTALL_H
#define NGINX_INSTALL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "os/file_id.h"

/* Where a failed call failed, for the message: "cannot STEP PATH: strerror". */
struct install_error {
	const char *step; /* "write a copy in", "create a file in", "replace", "sync the folder" */
	char path[PATH_MAX];
};

#define BACKUPS_KEPT 3

/*
 * Installs new_binary at target. version is that of the running image ("1.18.0"; validated again
 * here: -EINVAL if it could not be part of a file name), which is what gets saved as the backup,
 * also when a package manager has already put another file at target or removed it.
 *
 * Where target does not exist mode, owner and attributes are those of the running image. Where
 * new_binary is the very file at target, only the backup is made. ret_backup (PATH_MAX bytes) is
 * the backup's path.
 *
 * 0 or -errno, *err says where: -ETXTBSY: new_binary was written to meanwhile; -ENOEXEC: it is
 * empty; -EISDIR, -EINVAL: not a regular file; -EACCES: also a folder mounted noexec; -ENOSPC,
 * -EDQUOT, -EROFS and what else the system says. The target and the backups are then as before, and
 * no temporary file is left. Only when the folder cannot be synced after the rename is the target
 * not put back as it was but made what `running` executes.
 */
int install_binary(const char *new_binary, const char *target, int running, const char *version,
		   char *ret_backup, struct install_error *err);

/*
 * Makes target the file that `running` executes again: from a file beside it that has the same
 * identity, or by a copy of `running` (then its identity is another; file_id_of tells which). A
 * target that is it already is left alone (0).
 */
int restore_binary(const char *target, int running, struct install_error *err);

/*
 * Saves the running image as a backup beside target unless it stands at the target. ret_backup
 * (PATH_MAX bytes) is the path where it stands.
 */
int save_running(const char *target, int running, const char *version, char *ret_backup,
		 struct install_error *err);

/*
 * The newest backup beside target that is not the target's own file; -ENOENT when there is none.
 * Only what has a version by numbers and can be executed counts: "nginx.old" is not ours.
 */
int newest_backup(const char *target, char *ret_path);

/* Removes temporary files of runs that are dead. Returns how many, or -errno. */
int install_sweep(const char *target);

/*
 * Removes all but the newest `keep` backups, as newest_backup counts them; never one that is
 * *in_use (may be NULL). Returns how many, or -errno.
 */
int prune_backups(const char *target, unsigned keep, const struct file_id *in_use);

#endif
