/*
 * Which builds served, in which order: a text with a line for each time that another build began to
 * serve. A build is its bytes (SHA-256), whatever file or path it came from. Pure: no file is
 * touched here; nginx/served_file.h reads and writes it.
 *
 *	served 1
 *	SECONDS VERB UID VERSION SIZE SHA256 PATH
 *
 * SECONDS since 1970 by the machine's clock, for people: what counts is the order of the lines. UID
 * is who asked, PATH where the build stood then ("%20" for a blank); both "-" where not known. Two
 * lines that follow each other are never of the same build.
 */
#ifndef NGINX_SERVED_H
#define NGINX_SERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/sha256.h"

enum {
	SERVED_MAX = 32, /* of more, the oldest is dropped */
	SERVED_PATH_MAX = 1024,
	SERVED_TEXT_MAX = 128 * 1024 /* more than SERVED_MAX lines can take */
};

/* Nobody is known to have asked. */
#define SERVED_BY_UNKNOWN ((uid_t)-1)

struct served_build {
	uint64_t seconds;
	char verb[24];              /* "upgrade"; "found": it ran already when we came */
	uid_t uid;                  /* SERVED_BY_UNKNOWN */
	char version[65];           /* "unknown" */
	uint64_t size;              /* of the file, in bytes */
	struct digest digest;       /* of its content */
	char path[SERVED_PATH_MAX]; /* "": not known */
};

struct served {
	size_t count;
	struct served_build list[SERVED_MAX];
};

/* 0; -EBADMSG: it is not such a text, to the byte. *ret is written only on success. */
int served_parse(const char *text, size_t length, struct served *ret);

/* Writes the text and returns its length; ret has SERVED_TEXT_MAX bytes. */
size_t served_text(const struct served *s, char *ret);

/* At the end; false where that one is the last already, and nothing was changed. */
bool served_add(struct served *s, const struct served_build *build);

/*
 * The way back from the build that runs (which need not be the last line): indices of lines, each
 * build once, the nearest first. Of these the first *ret_back served before the running one; behind
 * them come, the latest first, builds that a rollback has left: to go there is to go forward.
 *
 * A rollback goes one step further back than the one before it. Whoever asks for a second one in a
 * row has not been helped by the first; the build that he has just left is the last that he wants.
 */
size_t served_way_back(const struct served *s, const struct digest *running, size_t ret[SERVED_MAX],
		       size_t *ret_back);

/* The last line of that build, or -1. */
int served_last_of(const struct served *s, const struct digest *digest);

#endif
