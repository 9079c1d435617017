/*
 * The files of the records about the builds of one nginx (nginx/builds.h). They are called
 * .NAME.KIND and are in root's own folder (nginx/rescue.h), or beside the binary if that is not
 * possible. They are replaced as a whole, and used only if nobody but the believed can change
 * them.
 *
 *	record_load -> record_free (always)
 */
#ifndef NGINX_RECORD_FILE_H
#define NGINX_RECORD_FILE_H

#include <stddef.h>

#include "nginx/builds.h"
#include "nginx/install.h"
#include "trust/path.h"

struct record_buffer {
	char *text; /* NULL: none */
	size_t length;
};

/*
 * Reads a record. 0; -ENOENT: there is none; -EBADMSG: it has max bytes or more; -EPERM: others can
 * change it, see *why; or another -errno. ret_path (PATH_MAX bytes): the file that was looked at
 * last.
 */
int record_load(const struct builds *b, const char *kind, size_t max, struct record_buffer *ret,
		char *ret_path, struct distrust *why);
void record_free(struct record_buffer *buffer);

/* Writes a record. 0, or -errno with *err filled in. */
int record_store(const struct builds *b, const char *kind, mode_t mode, const char *text,
		 size_t length, struct install_error *err);

#endif
