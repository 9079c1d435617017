/*
 * Decides whether nobody but root and the users that this run believes can change what a path
 * names. This is the only place that judges the owner and mode of a file and of all folders above
 * it. The path is walked from the root, name by name, links included, and each part is opened
 * before it is judged. So what was judged is what is used: callers must go on with the descriptors,
 * and never use the path again.
 *
 *	trusted_open -> use fd, folder and name -> trusted_close
 *
 * Sources: path_resolution(7); acl(5): an ACL that grants write permission shows in the mode's
 * group bits; inode(7): sticky folders; OpenSSH misc.c safe_path() asks the same question.
 */
#ifndef TRUST_PATH_H
#define TRUST_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* No user and no group has this id (setuid(2)). */
#define NO_USER  ((uid_t)-1)
#define NO_GROUP ((gid_t)-1)

/* The users that are believed, beside root, who always is. */
struct believed {
	uid_t user;       /* the user of the master, or our caller; 0: nobody beside root */
	uid_t also;       /* TRUST_USER= of the settings; NO_USER: none */
	gid_t also_group; /* that user's own group, which may have write permission, too */
};

/* Root, and the user that this run acts as. */
struct believed believed_caller(void);

enum distrust_kind {
	DISTRUST_NONE,
	DISTRUST_OWNER,     /* its owner is not believed */
	DISTRUST_WRITABLE,  /* its group, or everybody, may write it */
	DISTRUST_HARD_LINK, /* a file with several names, in a folder where others can add names */
	DISTRUST_FUSE,      /* on a FUSE mount of a user, who can make up owner and mode */
	DISTRUST_SET_ID,    /* it is set-uid or set-gid, and must not be */
	DISTRUST_TYPE,      /* not a regular file, or not a folder, as required */
	DISTRUST_ERROR,     /* it could not be examined: see error */
	/* Of a process (subject_look): */
	DISTRUST_USER_MIXED, /* its user ids differ, or it was started set-uid */
	DISTRUST_NAMESPACE   /* it is in another user or pid namespace: a container */
};

/*
 * Why a path is not trusted: the first part of it that fails. A detail beside -errno (see "How
 * failure is told" in ARCHITECTURE.md), and not to be looked at after a success.
 */
struct distrust {
	enum distrust_kind kind;
	char path[PATH_MAX]; /* of the file or folder that failed */
	uid_t uid;           /* its owner, group and mode */
	gid_t gid;
	mode_t mode;
	int error; /* errno, with DISTRUST_ERROR */
};

enum {
	TRUSTED_FOLDER = 1,  /* the path must name a folder; else a regular file */
	TRUSTED_MISSING = 2, /* the last part need not exist; if it does not, fd is -1 */
	TRUSTED_LAST_ANY = 4 /* judge the folders and links only, not the file itself */
};

struct trusted {
	int fd;     /* O_PATH, so it cannot be read; on old kernels O_RDONLY | O_NONBLOCK */
	int folder; /* of the folder that holds it; -1 for "/" */
	char name[NAME_MAX + 1]; /* in that folder */
	char path[PATH_MAX];     /* seen from `root`, without links, "." and ".." */
	struct stat st;          /* of fd; all zero if fd is -1 */
};

/*
 * root: "" for our own, or a path that leads to another process's root ("/proc/self/fd/7"). path
 * must be absolute. flags: TRUSTED_... 0: the caller must trusted_close(ret); -EPERM: not trusted,
 * see *why; -ENOTDIR, -EISDIR, -EINVAL: DISTRUST_TYPE; or -errno: DISTRUST_ERROR in *why.
 *
 * A sticky folder like /tmp may be on the way, but must not be the folder that is asked for, nor
 * the one in which the last part is missing. Links in /proc whose text is not where they lead
 * (/proc/PID/root) fail with -ELOOP. On a user's FUSE mount this can block, as open(2) does.
 */
int trusted_open(const struct believed *b, const char *root, const char *path, unsigned flags,
		 struct trusted *ret, struct distrust *why);
void trusted_close(struct trusted *t);

/*
 * Opens the file that was judged for reading. Returns a descriptor; -ESTALE: there is another file
 * at its place now; or -errno.
 */
int trusted_reopen(const struct trusted *t);

/*
 * Judges the owner and mode of an open regular file, but not the folders above it. path is only for
 * *why. Returns as trusted_open().
 */
int trusted_fd(const struct believed *b, int fd, const char *path, struct distrust *why);

/*
 * The reason for people: "the folder /srv/www belongs to uid 33 (www-data) and has mode 0775, so
 * that uid 33 can change what is in it". Returns ret.
 */
const char *distrust_text(const struct distrust *d, char *ret, size_t size);

/*
 * The command that corrects it: "chown root /srv/www", "chmod go-w /srv/www"; "": there is none.
 * Other parts of the path may then still fail. Returns ret.
 */
const char *distrust_advice(const struct distrust *d, char *ret, size_t size);

#endif
