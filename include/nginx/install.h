/*
 * Replaces an nginx binary by another one, and undoes that. At every moment there is a complete
 * binary at the path. This part works with files only: it knows no process and sends no signal. The
 * two steps of replacing are in nginx/staged.h.
 *
 * In the folder of the target:
 *	.nginx-handover.XXXXXX   a temporary file; locked while its run lives, later removed by
 *	                         install_sweep()
 *	nginx.1.18.0             a backup: the binary that was at the path, by its version; a hard
 *	                         link if the file system has them, else a copy
 *	nginx.1.18.0-2           another build of the same version; a backup with other content is
 *	                         never replaced, one with the same content is used again
 *
 *	install_stage:   copy beside the target, with its mode, owner and extended attributes
 *	                 -> fsync
 *	install_commit:  hard link of the target as backup -> fsync of the folder
 *	                 -> rename over the target -> fsync of the folder
 *	restore_binary:  put back the file that the running master executes (by device and inode)
 *	                 if it still has a name here, else a copy of its image
 *
 * A target is an absolute path below `root` ("" for our own), as in trusted_open(). Paths that are
 * returned begin with that root. The target's folder and each folder above it must be trusted
 * (trust/path.h). So must be the file at the target, the running image and a backup: its owner is
 * believed, group and others have no write permission, and there are no set-id bits. Otherwise
 * -EPERM, and the error says which file and why. A target that is a symbolic link is refused
 * (-ELOOP); the caller resolves it. `running` is the image that the master executes: /proc/PID/exe,
 * opened for reading.
 *
 * A run that acts as an ordinary user becomes root again in a folder that only root can change;
 * there, all files must be root's. In other folders it works as that user.
 *
 * A run that is killed leaves the complete old or new file at the path. It may leave temporary
 * files and a backup as well.
 */
#ifndef NGINX_INSTALL_H
#define NGINX_INSTALL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "trust/path.h"

/* Where a failed call failed, for the message: "cannot STEP PATH: REASON". */
struct install_error {
	const char *step; /* "write a copy in", "create a file in", "replace", "sync the folder" */
	char path[PATH_MAX];
	struct distrust why; /* the reason, unless its kind is DISTRUST_NONE */
};

/* Room for a reason: a path, and what stands around it (trust/distrust.c: 600 bytes at most). */
enum { INSTALL_REASON_SIZE = PATH_MAX + 640 };

/* The reason for people: why a file is not trusted, or strerror(-r). Returns ret. */
const char *install_error_reason(const struct install_error *err, int r, char *ret, size_t size);

#define BACKUPS_KEPT 3

/*
 * Makes the target the running image again: by a link to a file beside it with the same identity,
 * or by a copy of `running`. A copy has another identity (file_id_of()). Does nothing if the target
 * is that file already. 0, or -errno with *err filled in.
 */
int restore_binary(const struct believed *b, const char *root, const char *target, int running,
		   struct install_error *err);

/*
 * Makes a backup of the running image beside the target, unless it is at the target itself.
 * version: of the running image ("1.18.0"; -EINVAL if it cannot be part of a file name). ret_backup
 * (PATH_MAX bytes): the path where the image is then. 0, or -errno with *err filled in.
 */
int save_running(const struct believed *b, const char *root, const char *target, int running,
		 const char *version, char *ret_backup, struct install_error *err);

/*
 * Makes a backup of the file at the target, which does not run. fd: that file, opened for reading.
 * It stays at the target as well.
 */
int save_file(const struct believed *b, const char *root, const char *target, int fd,
	      const char *version, char *ret_backup, struct install_error *err);

/* Removes temporary files of runs that have ended. Returns how many, or -errno. */
int install_sweep(const struct believed *b, const char *root, const char *target);

#endif
