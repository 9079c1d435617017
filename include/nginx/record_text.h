/*
 * Reads and writes the words of the records that are kept beside binaries (nginx/served.h,
 * nginx/sets.h). Such a text may have been cut, or written by somebody else. So a word that is not
 * exactly as we write it is refused: the function returns false, and the reader must not be used
 * any more. Pure.
 */
#ifndef NGINX_RECORD_TEXT_H
#define NGINX_RECORD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/sha256.h"

enum { RECORD_PATH_MAX = 1024 };

/* The text that has not been read yet. */
struct record_reader {
	const char *at;
	const char *end;
};

/* Reads a word up to the next blank or line feed, which must be `stop` and is skipped. */
bool record_word(struct record_reader *r, char stop, char *ret, size_t size);

/* A number without a sign or a leading zero, below 2^53 as JSON cannot hold larger ones. A blank
 * follows. */
bool record_number(struct record_reader *r, uint64_t *ret);

/* A number of 64 bits as eight bytes, the highest first. A blank follows. */
bool record_wide(struct record_reader *r, uint64_t *ret);

/* A digest, two hexadecimal digits for each byte. A blank or line feed follows, which is `stop`. */
bool record_digest(struct record_reader *r, char stop, struct digest *ret);

/* An absolute path at the end of a line; "-" gives "". size is RECORD_PATH_MAX at most. */
bool record_path(struct record_reader *r, char *ret, size_t size);

/* Whether the text goes on with this word, which is then skipped. If not, the reader does not
 * change. */
bool record_starts(struct record_reader *r, const char *word);

/*
 * These write a path or bytes, without a NUL, and return the length. The text of a path has up to
 * three times as many bytes, and a line feed at the end.
 */
size_t record_path_text(const char *path, char *ret);
size_t record_bytes_text(const unsigned char *bytes, size_t count, char *ret);

#endif
