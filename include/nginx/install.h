/*
 * Puts an nginx binary in the place of another, so that at every moment a whole binary stands at
 * the path, and takes that back. It knows files only: no process, no signal. The putting in place
 * itself, in two steps, is in nginx/staged.h.
 *
 * In the folder of the target:
 *	.nginx-handover.XXXXXX   on its way; locked while its run lives, else swept
 *	nginx.1.18.0             a backup: what stood at the path, by its version; a hard link
 *	                         where the file system has them, else a copy
 *	nginx.1.18.0-2           another build of the same version; one that differs is never
 *	                         replaced, one of the same bytes is used again
 *
 *	install_stage:   copy beside the target, with its mode, owner and extended attributes
 *	                 -> fsync
 *	install_commit:  hard link of the target as backup -> fsync of the folder
 *	                 -> rename over the target -> fsync of the folder
 *	restore_binary:  the file (device and inode) that the running master executes is put back
 *	                 under the path if it still has a name here, else a copy of its image
 *
 * A target is an absolute path below `root` ("" for our own), as in trusted_open(); what is given
 * back begins with that root. Its folder, and each above it, must be trusted (trust/path.h), and so
 * must what stands at the target, what runs, and a backup: of a believed owner, with no write
 * permission for group or others, and no set-id bits. Else -EPERM, and the error says which and
 * why. A target that is a link is refused (-ELOOP): the caller resolves it. `running` is the image
 * that the master executes, /proc/PID/exe opened to be read.
 *
 * A run that acts as an ordinary user is root again for the work in a folder that root alone can
 * change; there, everything must be root's. Elsewhere it works as that user.
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
#include "trust/path.h"

/* Where a failed call failed, for the message: "cannot STEP PATH: REASON". */
struct install_error {
	const char *step; /* "write a copy in", "create a file in", "replace", "sync the folder" */
	char path[PATH_MAX];
	struct distrust why; /* of a kind other than DISTRUST_NONE: this is the reason */
};

/* The reason: why it is not trusted, or strerror(-r). Returns ret. */
const char *install_error_reason(const struct install_error *err, int r, char *ret, size_t size);

#define BACKUPS_KEPT 3

/*
 * Makes target the file that `running` executes again: from a file beside it that has the same
 * identity, or by a copy of `running` (then its identity is another; file_id_of tells which). A
 * target that is it already is left alone (0).
 */
int restore_binary(const struct believed *b, const char *root, const char *target, int running,
		   struct install_error *err);

/*
 * Saves the running image as a backup beside target unless it stands at the target. version is that
 * of the running image ("1.18.0"; -EINVAL if it could not be part of a file name). ret_backup
 * (PATH_MAX bytes) is the path where it stands.
 */
int save_running(const struct believed *b, const char *root, const char *target, int running,
		 const char *version, char *ret_backup, struct install_error *err);

/*
 * The same for any other file that stands at the target: `fd` is it, opened to be read. It stays
 * where it is, and has a backup's name as well.
 */
int save_file(const struct believed *b, const char *root, const char *target, int fd,
	      const char *version, char *ret_backup, struct install_error *err);

/* Removes temporary files of runs that are dead. Returns how many, or -errno. */
int install_sweep(const struct believed *b, const char *root, const char *target);

#endif
