/*
 * The record of which builds served, and in which order: a text with a line for each time that
 * another build began to serve. A build is identified by its content (SHA-256), not by a file or
 * path. Pure: nginx/builds.h reads and writes the file.
 *
 *	served 1
 *	SECONDS VERB UID VERSION SIZE SHA256 PATH
 *	file DEVICE INODE SIZE SECONDS NANOSECONDS START SHA256
 *
 * SECONDS since 1970 by the machine's clock are for people: only the order of the lines counts. UID
 * is the user who asked for it, PATH where the build was then ("%20" for a blank); "-": not known.
 * Two lines that follow each other are never of the same build.
 *
 * Behind them is a line for each file whose digest has been computed, so that it need not be
 * computed again. A file is found by its device and inode, and counts as unchanged if its size,
 * its mtime and the digest of its first bytes (START) are the same. The first bytes matter when an
 * inode is used again and a package gives all its files the same time: they include the id that
 * the linker gives each build. Another name (a hard link) changes none of these.
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
	SERVED_MAX = 32,       /* builds; the oldest one is dropped for another */
	SERVED_FILES_MAX = 32, /* files; likewise */
	SERVED_PATH_MAX = RECORD_PATH_MAX,
	SERVED_TEXT_MAX = 128 * 1024 /* more than all of these lines can take */
};

/* It is not known who asked. */
#define SERVED_BY_UNKNOWN ((uid_t)-1)

struct served_build {
	uint64_t seconds;
	char verb[24];        /* "upgrade"; "found": it was running already at the first look */
	uid_t uid;            /* or SERVED_BY_UNKNOWN */
	char version[65];     /* or "unknown" */
	uint64_t size;        /* of the file, in bytes */
	struct digest digest; /* of its content */
	char path[SERVED_PATH_MAX]; /* "": not known */
};

struct served_file {
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	uint64_t seconds; /* mtime */
	uint32_t nanoseconds;
	uint64_t start; /* 8 bytes of the digest of its first bytes; see builds_digest() */
	struct digest digest;
};

struct served {
	size_t count;
	struct served_build list[SERVED_MAX];
	size_t file_count;
	struct served_file files[SERVED_FILES_MAX];
	bool learned; /* files were added since it was read, so it should be written */
};

/* 0; -EBADMSG: the text is not exactly such a record; -ENOMEM. *ret is set on success only. */
int served_parse(const char *text, size_t length, struct served *ret);

/* Writes the text and returns its length; ret has SERVED_TEXT_MAX bytes. */
size_t served_text(const struct served *s, char *ret);

/* Adds a line at the end. False: the last line is of the same build already, and nothing has
 * changed. */
bool served_add(struct served *s, const struct served_build *build);

/* The recorded digest of that file; file->digest is not used. NULL: the file is not known, or it
 * has changed. */
const struct digest *served_file_digest(const struct served *s, const struct served_file *file);

/* Adds a file, in place of one with the same device and inode. */
void served_learn(struct served *s, const struct served_file *file);

/*
 * The builds to which rollbacks from the running build would go: indices of lines, each build once,
 * the nearest first. The running build need not be the last line. The first *ret_back of them
 * served before it. Behind them come builds that a rollback has left, the latest first: to go there
 * is to go forward. Returns how many there are.
 *
 * A second rollback goes one step further back than the first. Who asks for it was not helped by
 * the first, and does not want the build back that the first one has left.
 */
size_t served_way_back(const struct served *s, const struct digest *running, size_t ret[SERVED_MAX],
		       size_t *ret_back);

/* The index of the last line of that build; -1: there is none. */
int served_last_of(const struct served *s, const struct digest *digest);

#endif
