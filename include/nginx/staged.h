/*
 * Installing a binary in two steps, so that what is examined is what is installed: the new binary
 * is opened once and copied into the folder of the target; it is the copy that the caller asks for
 * its version and its opinion of the configuration, and that is renamed in the end. Whoever owns
 * the source may change it meanwhile, to no effect.
 *
 *	install_stage -> (examine the copy, by its descriptor) -> install_commit -> install_unstage
 *
 * The copy is a temporary file, .nginx-handover.XXXXXX, held by a lock as such; nginx/install.h.
 */
#ifndef NGINX_STAGED_H
#define NGINX_STAGED_H

#include "nginx/place.h"

struct staged {
	int fd;                 /* to read or to execute the copy; -1: nothing is staged */
	struct file_id id;      /* of the copy, and after the commit of the target */
	bool in_place;          /* the source is the very file at the target: not copied */
	struct distrust source; /* who could have changed the source; DISTRUST_NONE: nobody */
	struct place place;     /* the rest is its own affair */
	struct temporary copy;
	int running;
};

/*
 * Copies new_binary (a path of ours, as the caller gave it) beside the target. It is opened as the
 * user that this run acts as; where that is not permitted, and nobody but root can change it, as
 * root. Where target does not exist, mode, owner and attributes are those of the running image.
 *
 * 0 or -errno, *err says where: -EPERM: also what is not trusted; -ETXTBSY: new_binary was written
 * to meanwhile; -ENOEXEC: it is empty; -EISDIR, -EINVAL: not a regular file; -EACCES: also a folder
 * mounted noexec; -ENOSPC, -EDQUOT, -EROFS and what else the system says. Then nothing is left, and
 * *ret can be given to install_unstage() all the same.
 */
int install_stage(const struct believed *b, const char *root, const char *new_binary,
		  const char *target, int running, struct staged *ret, struct install_error *err);

/*
 * Makes the backup, and puts the copy in the target's place. version is that of the running image
 * ("1.18.0"; validated again here: -EINVAL if it could not be part of a file name), which is what
 * gets saved as the backup, also when a package manager has already put another file at target or
 * removed it. Where the source is the very file at target, only the backup is made. ret_backup
 * (PATH_MAX bytes) is the backup's path.
 *
 * 0 or -errno: -ESTALE: the copy is not there any more. The target and the backups are then as
 * before. Only when the folder cannot be synced after the rename is the target not put back as it
 * was but made what `running` executes.
 */
int install_commit(struct staged *s, const char *version, char *ret_backup,
		   struct install_error *err);

/* Drops what was not committed. Harmless where nothing is staged (fd -1). */
void install_unstage(struct staged *s);

#endif
