/*
 * The folder of a binary: the one descriptor through which everything beside the binary is done, so
 * that a folder renamed or replaced meanwhile misleads nobody, and the temporary files in it.
 * Private to the installing of a binary (nginx/install.h).
 *
 *	place_open -> temporary_copy or temporary_link -> temporary_rename
 *	           -> temporary_drop (always; nothing to do after a rename) -> place_close
 *
 * Where root alone can change the folder, a run that acts as somebody else is root from
 * place_open() to place_close(), but for what is done between place_lower() and place_lift().
 *
 * A temporary file is .nginx-handover.XXXXXX and carries a shared lock (flock) of the run that made
 * it. It is released by the kernel however the run ends, so one that can be locked is a dead run's.
 */
#ifndef NGINX_PLACE_H
#define NGINX_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "nginx/install.h"

#define BUSY_PREFIX ".nginx-handover."

struct place {
	int folder;                /* -1: not open */
	struct believed believed;  /* who may own or change what is in it */
	bool roots;                /* root alone can change it: root works in it */
	bool lifted;               /* this place has made us root */
	char path[PATH_MAX];       /* of the folder, as the target was given, behind its root */
	char name[NAME_MAX + 1];   /* of the target in it */
	struct install_error *err; /* may be NULL */
};

struct temporary {
	int lock;          /* a read-only descriptor, so that the file can be executed; -1: none */
	char name[32];     /* "": none, or renamed */
	struct file_id id; /* of what stands under that name */
};

#define TEMPORARY_NONE                                                                             \
	{                                                                                          \
		-1, "",                                                                            \
		{                                                                                  \
			0, 0                                                                       \
		}                                                                                  \
	}

/* As trusted_open(), for the folder of target. 0 or -errno; *p can be closed either way. */
int place_open(struct place *p, const struct believed *b, const char *root, const char *target,
	       struct install_error *err);
void place_close(struct place *p);

/* To act as the run's user for a while; and back to who works here. */
void place_lower(struct place *p);
void place_lift(struct place *p);

/* Whether an open file, which has that name here, is trusted. 0 or -errno, *ret says why. */
int place_judge(const struct place *p, int fd, const char *name, struct distrust *ret);

/* Notes in the error what failed; name NULL means the folder. Returns r. */
int place_failed(const struct place *p, const char *step, const char *name, int r);

/* The same for any path. */
int install_failed(struct install_error *err, const char *step, const char *path, int r);

/* The same for what is not trusted. */
int install_distrusted(struct install_error *err, const char *step, const char *path,
		       const struct distrust *why, int r);

/* The image that runs, which is to be kept or put back. 0, or -errno with the error noted. */
int place_judge_running(const struct place *p, int running);

/* The path of a name in the folder; ret has PATH_MAX bytes. -ENAMETOOLONG: it was cut. */
int place_path(const struct place *p, const char *name, char *ret);

/* Links are not followed. 0 or -errno. */
int place_stat(const struct place *p, const char *name, struct stat *ret);
int place_id(const struct place *p, const char *name, struct file_id *ret);

/* A descriptor to read the regular file under that name; -ELOOP: a link; -EISDIR, -EINVAL. */
int place_read(const struct place *p, const char *name);

/* Calls fn for each name in the folder until it returns other than 0, and returns that; -errno. */
typedef int place_fn(const struct place *p, const char *name, void *arg);
int place_each(const struct place *p, place_fn *fn, void *arg);

/* Makes the names in the folder last. */
int place_sync(const struct place *p);

/* What the kernel calls the file behind a descriptor, for messages; ret has PATH_MAX bytes. */
void image_path(int fd, char *ret);

/* A whole copy of `from`, on disk, with owner, mode and attributes of `model`; ready to be run. */
int temporary_copy(const struct place *p, int from, const char *from_path, int model,
		   struct temporary *ret);

/* Another name for the file `name`, which must be `want` (-ESTALE: it is not). */
int temporary_link(const struct place *p, const char *name, const struct file_id *want,
		   struct temporary *ret);

/* A file of this text, with that mode, on disk. */
int temporary_text(const struct place *p, const char *text, size_t length, mode_t mode,
		   struct temporary *ret);

/* A symbolic link that says this. It is not swept where a run dies with it. */
int temporary_symlink(const struct place *p, const char *text, struct temporary *ret);

/* Moves it over `name`. 0 or -errno. */
int temporary_rename(const struct place *p, struct temporary *t, const char *name);

/* Removes it if it is still there, and lets go of its lock. */
void temporary_drop(const struct place *p, struct temporary *t);

#endif
