/*
 * Copies the content and the attributes of a file to another, both by open descriptors. The file
 * offset of the file that is read does not change. Private to the files that install a binary
 * (nginx/install.h).
 *
 *	file_copy_data -> file_copy_attributes -> file_sync
 */
#ifndef NGINX_FILE_COPY_H
#define NGINX_FILE_COPY_H

#include <stdbool.h>

/* What has failed. */
struct copy_failure {
	const char *step; /* "write a copy in": the path of a file or folder is to follow */
	bool at_source;   /* it is the file that was copied */
};

/*
 * Copies all of `from` to the empty file `to`. 0, or -errno with *ret_failure set. -ETXTBSY: `from`
 * has changed meanwhile.
 */
int file_copy_data(int from, int to, struct copy_failure *ret_failure);

/*
 * Copies owner, mode and extended attributes. To be called when the content is complete, since a
 * write removes capabilities and set-id bits. Attributes that belong to the content (IMA, EVM) are
 * not copied. If the file system has no such attributes, it is a failure only if capabilities would
 * be lost, or the label while SELinux is on. 0, or -errno with *ret_failure set.
 */
int file_copy_attributes(int from, int to, struct copy_failure *ret_failure);

/* 1: the files have the same content; 0: they differ; or -errno. */
int file_same_content(int a, int b);

/* Whether the file at this path can be read and has the same content as fd. */
bool file_has_content(const char *path, int fd);

/*
 * Whether chattr(1) has set +i or +a, so that not even root can replace this file, or a file in
 * this folder. False where that cannot be found out.
 */
bool file_is_fixed(const char *path);

/* fsync(2). No failure if the file system cannot sync such a file or folder, as some network file
 * systems. */
int file_sync(int fd);

/* Whether the file has that text anywhere in it. False also where it cannot be read. */
bool file_contains(int fd, const char *text);

#endif
