/*
 * The folder of a binary, and temporary files in it. Everything in the folder is done through one
 * descriptor, so it does not matter if the folder is renamed or replaced meanwhile. Private to the
 * files that install a binary (nginx/install.h).
 *
 *	place_open -> temporary_copy or temporary_link -> temporary_rename
 *	           -> temporary_drop (always) -> place_close
 *
 * In a folder that only root can change, a run that acts as another user is root from place_open()
 * to place_close(), except between place_lower() and place_lift().
 *
 * A temporary file is called .nginx-handover.XXXXXX. The run that made it holds a shared lock on
 * it (flock), which the kernel releases when the run ends, in whatever way. So a file that can be
 * locked belongs to a run that has ended.
 */
#ifndef NGINX_PLACE_H
#define NGINX_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "nginx/install.h"
#include "os/file_id.h"
#include "trust/path.h"

#define BUSY_PREFIX ".nginx-handover."

struct place {
	int folder;                /* -1: not open */
	struct believed believed;  /* who may own or change files in it */
	bool roots;                /* only root can change it, so we work in it as root */
	bool lifted;               /* we are root now because of this place */
	char path[PATH_MAX];       /* of the folder, with the root in front */
	char name[NAME_MAX + 1];   /* of the target in it */
	struct install_error *err; /* filled in by failures; may be NULL */
};

struct temporary {
	int lock;      /* read-only, since a file open for writing cannot be executed; -1: none */
	char name[32]; /* "": there is no file, or it was renamed */
	struct file_id id; /* of the file with that name */
};

#define TEMPORARY_NONE                                                                             \
	{                                                                                          \
		-1, "",                                                                            \
		{                                                                                  \
			0, 0                                                                       \
		}                                                                                  \
	}

/* Opens and checks the folder of the target, as trusted_open(). 0, or -errno with *err filled in;
 * *p is to be closed in any case. */
int place_open(struct place *p, const struct believed *b, const char *root, const char *target,
	       struct install_error *err);
void place_close(struct place *p);

/* place_lower(): acts as the run's user. place_lift(): as root again, if the folder needs it. */
void place_lower(struct place *p);
void place_lift(struct place *p);

/* Whether the open file, which has that name in the folder, is trusted. 0, or -errno and *ret says
 * why not. */
int place_judge(const struct place *p, int fd, const char *name, struct distrust *ret);

/* Fills in p->err: STEP failed, for the file `name` in the folder; NULL: for the folder. Returns
 * r. */
int place_failed(const struct place *p, const char *step, const char *name, int r);

/* The same for any path. err may be NULL. */
int install_failed(struct install_error *err, const char *step, const char *path, int r);

/* The same for a file or folder that is not trusted. */
int install_distrusted(struct install_error *err, const char *step, const char *path,
		       const struct distrust *why, int r);

/* Whether the running image is trusted. 0, or -errno with p->err filled in. */
int place_judge_running(const struct place *p, int running);

/* The path of a name in the folder; ret has PATH_MAX bytes. 0; -ENAMETOOLONG: it was cut. */
int place_path(const struct place *p, const char *name, char *ret);

/* stat(2) and the identity of a name in the folder. Symbolic links are not followed. 0 or
 * -errno. */
int place_stat(const struct place *p, const char *name, struct stat *ret);
int place_id(const struct place *p, const char *name, struct file_id *ret);

/* Opens the regular file of that name for reading. A descriptor for the caller to close; -ELOOP: it
 * is a symbolic link; -EISDIR, -EINVAL: no regular file; or another -errno. */
int place_read(const struct place *p, const char *name);

/* Calls fn for each name in the folder, until it returns other than 0, which is then returned. 0 or
 * -errno. */
typedef int place_fn(const struct place *p, const char *name, void *arg);
int place_each(const struct place *p, place_fn *fn, void *arg);

/* fsync(2) of the folder: its names survive a crash. 0, or -errno with p->err filled in. */
int place_sync(const struct place *p);

/* The path of the file behind a descriptor, for messages; ret has PATH_MAX bytes. */
void image_path(int fd, char *ret);

/*
 * Each of these makes a temporary file, synced to disk. 0, or -errno with p->err filled in.
 * temporary_drop() is to be called in any case.
 */

/* A copy of `from`, with the owner, mode and extended attributes of `model`. */
int temporary_copy(const struct place *p, int from, const char *from_path, int model,
		   struct temporary *ret);

/* A hard link to the file `name`, which must be `want`. -ESTALE: it is another one. p->err is not
 * filled in. */
int temporary_link(const struct place *p, const char *name, const struct file_id *want,
		   struct temporary *ret);

/* A file with this text and that mode. */
int temporary_text(const struct place *p, const char *text, size_t length, mode_t mode,
		   struct temporary *ret);

/* A symbolic link with this target. If the run is killed, install_sweep() does not remove it. */
int temporary_symlink(const struct place *p, const char *text, struct temporary *ret);

/* Renames it to `name`, which it replaces. 0 or -errno. */
int temporary_rename(const struct place *p, struct temporary *t, const char *name);

/* Removes the file unless it was renamed, and releases the lock. */
void temporary_drop(const struct place *p, struct temporary *t);

#endif
