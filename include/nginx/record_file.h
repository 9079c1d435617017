/*
 * The files of the records about the builds of one nginx (nginx/builds.h): .NAME.KIND, in root's
 * own folder (nginx/rescue.h), or beside the binary where only that can be had. Written anew and
 * renamed; believed only where nobody but the believed can change it.
 *
 *	record_load -> record_free (always)
 */
#ifndef NGINX_RECORD_FILE_H
#define NGINX_RECORD_FILE_H

#include "nginx/builds.h"

struct record_buffer {
	char *text; /* NULL: none */
	size_t length;
};

/*
 * 0; -ENOENT: none; -EBADMSG: it has max bytes or more; -EPERM: others can change it, see *why;
 * else -errno. ret_path (PATH_MAX bytes): of the file that was looked at last.
 */
int record_load(const struct builds *b, const char *kind, size_t max, struct record_buffer *ret,
		char *ret_path, struct distrust *why);
void record_free(struct record_buffer *buffer);

/* 0, or -errno with the error noted. */
int record_store(const struct builds *b, const char *kind, mode_t mode, const char *text,
		 size_t length, struct install_error *err);

#endif
