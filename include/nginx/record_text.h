/*
 * The words of the records that are kept beside binaries (nginx/served.h, nginx/sets.h). Such a
 * text may have been cut, or written by somebody else: what is not just as we write it is refused,
 * by false, and then the reader is of no more use. Pure.
 */
#ifndef NGINX_RECORD_TEXT_H
#define NGINX_RECORD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/sha256.h"

enum { RECORD_PATH_MAX = 1024 };

/* What is left to read. */
struct record_reader {
	const char *at;
	const char *end;
};

/* Up to the next blank or line feed, which must be `stop` and is passed over. */
bool record_word(struct record_reader *r, char stop, char *ret, size_t size);

/* No sign, no leading zero, and below 2^53: JSON's numbers end there. A blank follows. */
bool record_number(struct record_reader *r, uint64_t *ret);

/* Eight bytes, the highest first: a number that may need all of its bits. A blank follows. */
bool record_wide(struct record_reader *r, uint64_t *ret);

/* So many bytes, two digits each. */
bool record_bytes(struct record_reader *r, char stop, unsigned char *ret, size_t count);
bool record_digest(struct record_reader *r, char stop, struct digest *ret);

/* An absolute path, at the end of a line; "" for "-". size is RECORD_PATH_MAX at most. */
bool record_path(struct record_reader *r, char *ret, size_t size);

/* Whether this comes next; then it is passed over. Else the reader is as it was. */
bool record_starts(struct record_reader *r, const char *word);

/*
 * The other way round; each returns the length. A path has up to three times as many bytes, and a
 * line feed behind it.
 */
size_t record_path_text(const char *path, char *ret);
size_t record_bytes_text(const unsigned char *bytes, size_t count, char *ret);

#endif
