/*
 * Which builds served, in which order: a text with a line for each time that another build began to
 * serve. A build is its bytes (SHA-256), whatever file or path it came from. Pure: no file is
 * touched here; nginx/builds.h reads and writes it.
 *
 *	served 1
 *	SECONDS VERB UID VERSION SIZE SHA256 PATH
 *	file DEVICE INODE SIZE SECONDS NANOSECONDS START SHA256
 *
 * SECONDS since 1970 by the machine's clock, for people: what counts is the order of the lines. UID
 * is who asked, PATH where the build stood then ("%20" for a blank); both "-" where not known. Two
 * lines that follow each other are never of the same build.
 *
 * Behind them, a line for each file of which the digest has been computed, so that it need not be
 * computed again: a file is known by its device and inode, and taken for unchanged while its size,
 * the time of its last change, and its first bytes (START) are the same. The first bytes are for
 * where an inode is used again and packages give all their files one time: what a linker notes to
 * tell builds apart is among them. A further name (a hard link) changes none of these.
 */
#ifndef NGINX_SERVED_H
#define NGINX_SERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "nginx/record_text.h"
#include "os/sha256.h"

enum {
	SERVED_MAX = 32,       /* of more, the oldest is dropped */
	SERVED_FILES_MAX = 32, /* likewise */
	SERVED_PATH_MAX = RECORD_PATH_MAX,
	SERVED_TEXT_MAX = 128 * 1024 /* more than all of these lines can take */
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

struct served_file {
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	uint64_t seconds; /* of its last change */
	uint32_t nanoseconds;
	uint64_t start; /* of the digest of its first bytes, see builds_digest() */
	struct digest digest;
};

struct served {
	size_t count;
	struct served_build list[SERVED_MAX];
	size_t file_count;
	struct served_file files[SERVED_FILES_MAX];
	bool learned; /* of a file, since it was read: worth to be written */
};

/* 0; -EBADMSG: it is not such a text, to the byte. *ret is written only on success. */
int served_parse(const char *text, size_t length, struct served *ret);

/* Writes the text and returns its length; ret has SERVED_TEXT_MAX bytes. */
size_t served_text(const struct served *s, char *ret);

/* At the end; false where that one is the last already, and nothing was changed. */
bool served_add(struct served *s, const struct served_build *build);

/* The digest of that file (its own is not looked at), or NULL: not known, or it has changed. */
const struct digest *served_file_digest(const struct served *s, const struct served_file *file);

/* Instead of what was known of that device and inode. */
void served_learn(struct served *s, const struct served_file *file);

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
