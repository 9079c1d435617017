/*
 * Installs a binary in two steps, so that the file that is examined is the file that is installed.
 * The new binary is opened once and copied into the folder of the target. The caller examines the
 * copy: its version, and whether it accepts the configuration. Then the copy is renamed. If the
 * owner of the source changes it meanwhile, that has no effect.
 *
 *	install_stage -> (examine the copy, by its descriptor) -> install_commit -> install_unstage
 *
 * The copy is a temporary file with a lock, .nginx-handover.XXXXXX; see nginx/install.h.
 */
#ifndef NGINX_STAGED_H
#define NGINX_STAGED_H

#include "nginx/install.h"
#include "nginx/place.h"
#include "os/file_id.h"
#include "trust/path.h"

struct staged {
	int fd;                 /* to read or to execute the copy; -1: nothing is staged */
	struct file_id id;      /* of the copy; after the commit of the target */
	bool in_place;          /* the source is the file at the target, and there is no copy */
	struct distrust source; /* who could have changed the source; DISTRUST_NONE: nobody */

	/* Private. */
	struct place place;
	struct temporary copy;
	int running;
};

/*
 * Copies new_binary (a path as seen from our root) beside the target. The source is opened as the
 * user that this run acts as. If that is not permitted, it is opened as root, but only if nobody
 * else can change it. Mode, owner and attributes are those of the target; if there is none, those
 * of the running image.
 *
 * 0, or -errno with *err filled in: -EPERM: also if a file or folder is not trusted; -ETXTBSY:
 * new_binary was written to meanwhile; -ENOEXEC: it is empty; -EISDIR, -EINVAL: it is no regular
 * file; -EACCES: also if the folder is mounted noexec; -ENOSPC, -EDQUOT, -EROFS and others. Then no
 * file is left, and install_unstage() may be called or not.
 */
int install_stage(const struct believed *b, const char *root, const char *new_binary,
		  const char *target, int running, struct staged *ret, struct install_error *err);

/*
 * Makes the backup and puts the copy at the target. The backup is of the running image, also if a
 * package manager has already replaced or removed the file at the target. version: of the running
 * image ("1.18.0"; checked here again: -EINVAL if it cannot be part of a file name). If the source
 * is the file at the target, only the backup is made. ret_backup (PATH_MAX bytes): the backup's
 * path.
 *
 * 0, or -errno with *err filled in: -ESTALE: the copy is not there any more. The target and the
 * backups are then as before, with one exception: if the folder cannot be synced after the rename,
 * the target becomes the running image.
 */
int install_commit(struct staged *s, const char *version, char *ret_backup,
		   struct install_error *err);

/* Removes the copy if it was not committed, and closes everything. Does nothing if nothing is
 * staged (fd -1). */
void install_unstage(struct staged *s);

#endif
