/*
 * What the files that judge paths share, and what their tests need. Private to trust/path.c (the
 * walk along a path), trust/part.c (opening one part of it) and trust/judge.c (judging one part).
 */
#ifndef TRUST_PATH_PRIVATE_H
#define TRUST_PATH_PRIVATE_H

#include "trust/path.h"

/*
 * Whether the kernel has O_PATH (open(2), Linux 2.6.39) and fstat() of such a descriptor (3.6).
 * Older kernels ignore the flag and open the file itself, so this tries what the descriptor can do.
 */
bool kernel_has_o_path(void);

/* trusted_open() for kernels with (o_path) or without O_PATH. */
int trusted_open_in_form(bool o_path, const struct believed *b, const char *root, const char *path,
			 unsigned flags, struct trusted *ret, struct distrust *why);

/* Opens the root folder: a descriptor or -errno. */
int part_root(bool o_path, const char *root);

/*
 * Opens an entry of the folder `at` without following links, and fills *ret. Without O_PATH a link,
 * and anything but a folder or regular file, is not opened: then *ret_fd is -1. 0 or -errno.
 */
int part_open(bool o_path, int at, const char *name, int *ret_fd, struct stat *ret);

/*
 * The target of a link. fd and *st: as part_open() returned them; ret has PATH_MAX bytes. If fd is
 * -1, checks that the link is still the one in *st (else -ESTALE). Returns the length or -errno.
 */
ssize_t part_link(int at, const char *name, int fd, const struct stat *st, char *ret);

bool owner_is_believed(const struct believed *b, uid_t uid);

/*
 * Judges owner and mode: DISTRUST_OWNER, DISTRUST_WRITABLE or DISTRUST_NONE. on_the_way: accept a
 * sticky folder that others may write, because the path goes on behind it.
 */
enum distrust_kind judge_rights(const struct believed *b, int fd, const struct stat *st,
				bool on_the_way);

/*
 * Judges the file system: DISTRUST_FUSE or DISTRUST_NONE; or -errno. *ret_procfs: it is procfs; may
 * be NULL.
 */
int judge_file_system(const struct believed *b, int fd, const struct stat *st, bool *ret_procfs);

/* Whether every FUSE mount of that device in a mountinfo file (proc(5)) is a believed user's. */
bool fuse_is_believed(const struct believed *b, const char *mountinfo, dev_t device);

#endif
