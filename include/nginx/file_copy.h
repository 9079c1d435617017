/*
 * The content and the attributes of one file given to another, through open descriptors. Offsets
 * of the descriptors are left alone. Private to the installing of a binary (nginx/install.h).
 *
 *	file_copy_data -> file_copy_attributes -> file_sync
 */
#ifndef NGINX_FILE_COPY_H
#define NGINX_FILE_COPY_H

#include <stdbool.h>

/* What could not be done, and whether it is the file copied from that it concerns. */
struct copy_failure {
	const char *step;
	bool at_source;
};

/*
 * Copies all of `from` to the empty file `to`. 0 or -errno with *ret_failure set; -ETXTBSY: `from`
 * changed meanwhile.
 */
int file_copy_data(int from, int to, struct copy_failure *ret_failure);

/*
 * Owner, mode and extended attributes. To be called when the content is complete: a write takes
 * capabilities and setuid bits away. What belongs to the content (IMA, EVM) is not copied. A file
 * system that has no such attributes is no failure unless capabilities were lost by it, or the
 * label where SELinux is on.
 */
int file_copy_attributes(int from, int to, struct copy_failure *ret_failure);

/* 1: the same bytes; 0: not; -errno. */
int file_same_content(int a, int b);

/* Whether the file at this path can be read and has the same bytes. */
bool file_has_content(const char *path, int fd);

/*
 * Whether not even root can replace this file, or what is in this folder: chattr(1), +i or +a.
 * False where that cannot be told.
 */
bool file_is_fixed(const char *path);

/* fsync; a file system that cannot sync what fd is (some network ones) is no failure. */
int file_sync(int fd);

/* Whether that text stands anywhere in it. */
bool file_contains(int fd, const char *text);

#endif
