/*
 * The builds of one nginx: the record of those that served (nginx/served.h), and the files in which
 * they are kept. Both are looked for in root's own folder (nginx/rescue.h), under the path that the
 * master was started as, and beside the binary itself, where only that can be had.
 *
 *	builds_of -> served_load, builds_digest, served_add, served_store; kept_find
 *
 * The record is a file .NAME.served, written anew and renamed. As a backup it is believed only
 * where nobody but the believed can change it (trust/path.h).
 */
#ifndef NGINX_BUILDS_H
#define NGINX_BUILDS_H

#include <time.h>

#include "nginx/install.h"
#include "nginx/master.h"
#include "nginx/served.h"

struct builds {
	struct believed believed;
	char root[32];         /* put before the two: "" or "/proc/self/fd/N" */
	char name[PATH_MAX];   /* the binary as the master was started as, links and all */
	char target[PATH_MAX]; /* the same without links */
};

/* 0, or -errno where the binary's path is not known. */
int builds_of(const struct master *m, const struct believed *b, struct builds *ret);

/* The same where no master runs. path is absolute. */
int builds_at(const char *path, const struct believed *b, struct builds *ret);

/*
 * 0; -ENOENT: none; -EBADMSG: it is damaged; -EPERM: others can change it, see *why; else -errno.
 * ret_path (PATH_MAX bytes): of the record that was looked at last. *ret is empty after a failure.
 */
int served_load(const struct builds *b, struct served *ret, char *ret_path, struct distrust *why);

/* 0, or -errno with the error noted. */
int served_store(const struct builds *b, const struct served *s, struct install_error *err);

/*
 * The digest of an open file, and its size: as the record knows it, else by reading the file whole,
 * and then the record knows it (s->learned). executed: it is being executed, so that nobody can
 * write to it. Any other file is remembered only where its last change is so long ago that a
 * further one would have another time. 0 or -errno.
 */
int builds_digest(struct served *s, int fd, bool executed, struct digest *ret, uint64_t *ret_size);

/*
 * A copy that this run has made of an image of which the digest is known has that, too. They are
 * compared here.
 */
void builds_know_copy(struct served *s, int copy, int image);

/*
 * A line about the file that a process executes, which is held by descriptor: its bytes, their
 * number, and where it stands. The rest is the caller's.
 */
int served_describe(const struct subject *subject, struct served *s, struct served_build *ret);

enum { KEPT_MAX = 24 };

/* A file of a build. */
struct kept {
	char path[PATH_MAX]; /* as we reach it */
	struct digest digest;
	uint64_t size;
	time_t since;
	bool own;         /* it is no backup: it stands where it served, in a folder of its own */
	char version[65]; /* as recorded, else by its name */
};

struct kept_list {
	size_t count;
	struct kept list[KEPT_MAX];
	struct distrust passed; /* why one was not counted; DISTRUST_NONE */
};

/*
 * All that can be trusted, but for what stands at the target itself. What *s does not know of the
 * files it learns.
 */
void kept_find(const struct builds *b, struct served *s, struct kept_list *ret);

/* One of that build, rather one that is (or is not) its own. NULL: none. */
const struct kept *kept_of(const struct kept_list *l, const struct digest *digest, bool own);

/*
 * Removes all but `keep` builds that are kept beside target (a path behind root, the
 * binary's or a rescued one's): those that rollbacks would take first, and what is not in the
 * record by when it was put there. Never *in_use (may be NULL), nor what has the bytes of the
 * record's last line, nor what is not trusted. Returns how many, or -errno. A digest that had to be
 * computed is added to the record on disk.
 */
int builds_prune(const struct builds *b, const char *root, const char *target, unsigned keep,
		 const struct file_id *in_use);

#endif
