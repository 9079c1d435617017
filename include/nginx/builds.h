/*
 * The builds of one nginx: the record of the builds that served (nginx/served.h), and the files
 * that are kept of them. Both are looked for in root's own folder (nginx/rescue.h), at the path
 * that the master was started as, and beside the binary itself.
 *
 *	builds_of -> served_load, builds_digest, served_add, served_store; kept_find
 *
 * The record is a file .NAME.served, which is replaced as a whole. It is used only where nobody but
 * the believed can change it (trust/path.h), as with backups.
 */
#ifndef NGINX_BUILDS_H
#define NGINX_BUILDS_H

#include <stdint.h>
#include <time.h>

#include "nginx/install.h"
#include "nginx/master.h"
#include "nginx/served.h"
#include "os/file_id.h"
#include "os/sha256.h"
#include "trust/path.h"
#include "trust/subject.h"

struct builds {
	struct believed believed;
	char root[32];         /* to be put before these paths: "" or "/proc/self/fd/N" */
	char name[PATH_MAX];   /* the binary's path as the master was started, with its links */
	char target[PATH_MAX]; /* the same with all links resolved */
};

/* Of a running master. 0, or -errno: the binary's path is not known. */
int builds_of(const struct master *m, const struct believed *b, struct builds *ret);

/* Of a binary whose master does not run. path is absolute. 0 or -errno. */
int builds_at(const char *path, const struct believed *b, struct builds *ret);

/*
 * Reads the record. 0; -ENOENT: there is none; -EBADMSG: it is damaged; -EPERM: others can change
 * it, see *why; or another -errno. ret_path (PATH_MAX bytes): the record that was looked at last.
 * *ret is empty after a failure.
 */
int served_load(const struct builds *b, struct served *ret, char *ret_path, struct distrust *why);

/* Writes the record. 0, or -errno with *err filled in. */
int served_store(const struct builds *b, const struct served *s, struct install_error *err);

/*
 * The digest and the size of an open file. If the record does not know the digest, the whole file
 * is read, and the digest is added to the record in memory (s->learned). It is added only if a
 * later change of the file is sure to show: if the file is being executed (`executed`), so that
 * nobody can write to it, or if its last change is so long ago that another one would have another
 * time. 0 or -errno.
 */
int builds_digest(struct served *s, int fd, bool executed, struct digest *ret, uint64_t *ret_size);

/*
 * Adds the digest of a copy to the record if the digest of the image that it was made from is
 * known. The two are compared, so the digest need not be computed. Both are descriptors.
 */
void builds_know_copy(struct served *s, int copy, int image);

/*
 * Begins a line of the record about the file that a process executes: fills in digest, size and
 * path, and leaves the rest to the caller. The file is read by subject->image. 0 or -errno.
 */
int served_describe(const struct subject *subject, struct served *s, struct served_build *ret);

enum { KEPT_MAX = 24 };

/* A file of a build. */
struct kept {
	char path[PATH_MAX]; /* as seen from our root */
	struct digest digest;
	uint64_t size;
	time_t since;     /* when it was put there */
	bool own;         /* no backup: it is at the path where it served, in a folder of its own */
	char version[65]; /* as recorded, else from its name */
};

struct kept_list {
	size_t count;
	struct kept list[KEPT_MAX];
	struct distrust passed; /* why a file was not counted; DISTRUST_NONE: none was skipped */
};

/*
 * Finds all files of builds that can be trusted, except the one at the target itself. Digests that
 * *s does not know are computed and added to it.
 */
void kept_find(const struct builds *b, struct served *s, struct kept_list *ret);

/* A file of the build with that digest. If there are several, one whose `own` is as given is
 * preferred. NULL: none. */
const struct kept *kept_of(const struct kept_list *l, const struct digest *digest, bool own);

/*
 * Removes builds that are kept beside target (a path below root: the binary's, or a rescued one's),
 * all but `keep` of them. Kept are first the one that the next rollback would take, then builds
 * that are not in the record, the newest first, then the others in the order of rollbacks. Never
 * removed are *in_use (may be NULL), a file with the content of the record's last line, and files
 * that are not trusted. Returns how many were removed, or -errno. Digests that had to be computed
 * are added to the record on disk.
 */
int builds_prune(const struct builds *b, const char *root, const char *target, unsigned keep,
		 const struct file_id *in_use);

#endif
