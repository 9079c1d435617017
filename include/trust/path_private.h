/*
 * What the files that judge paths share, and what their test needs of them. Private to
 * trust/path.c (the walk), trust/part.c (a part of it) and trust/judge.c.
 */
#ifndef TRUST_PATH_PRIVATE_H
#define TRUST_PATH_PRIVATE_H

#include "trust/path.h"

/*
 * Whether a path can be opened without what it names being opened (open(2), Linux 2.6.39; fstat()
 * of such a descriptor is from 3.6). Older kernels take the flag for nothing and open the file, so
 * that it is asked what such a descriptor can do.
 */
bool kernel_has_o_path(void);

/* trusted_open() in the form for kernels that can do this, or that cannot. */
int trusted_open_in_form(bool o_path, const struct believed *b, const char *root, const char *path,
			 unsigned flags, struct trusted *ret, struct distrust *why);

/* A descriptor of the root folder; -errno. */
int part_root(bool o_path, const char *root);

/*
 * Opens what has that name in a folder, following nothing. *ret_fd is -1 for a link, and for what
 * may not be opened, in the form for old kernels; *ret is filled all the same. 0 or -errno.
 */
int part_open(bool o_path, int at, const char *name, int *ret_fd, struct stat *ret);

/*
 * Where the link leads that part_open() opened; ret has PATH_MAX bytes. Without a descriptor it is
 * looked at again, so that what was judged is what was read (-ESTALE). The length or -errno.
 */
ssize_t part_link(int at, const char *name, int fd, const struct stat *st, char *ret);

bool owner_is_believed(const struct believed *b, uid_t uid);

/*
 * DISTRUST_OWNER, DISTRUST_WRITABLE or none. on_the_way: a sticky folder that others may write is
 * good enough to pass through.
 */
enum distrust_kind judge_rights(const struct believed *b, int fd, const struct stat *st,
				bool on_the_way);

/* DISTRUST_FUSE or none; -errno. *ret_procfs: it is on procfs; may be NULL. */
int judge_file_system(const struct believed *b, int fd, const struct stat *st, bool *ret_procfs);

/* Whether a list of mounts (proc(5), mountinfo) says that a believed user mounted that device. */
bool fuse_is_believed(const struct believed *b, const char *mountinfo, dev_t device);

#endif
