/*
 * "Nobody but root, or whom this run believes, can change what this path names." The one place
 * where the owner and the mode of a file, and of every folder above it, are judged. The path is
 * walked from the root by descriptor, name by name, links included, so that what was judged is what
 * is used: the caller goes on with the descriptors, never with the path again.
 *
 *	trusted_open -> use fd, folder and name -> trusted_close
 *
 * Sources: path_resolution(7), acl(5) (an ACL that grants write shows in the bits of the group),
 * sticky folders: inode(7); OpenSSH: misc.c safe_path() for the question.
 */
#ifndef TRUST_PATH_H
#define TRUST_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Nobody: no user has this id (setuid(2)). */
#define NO_USER  ((uid_t)-1)
#define NO_GROUP ((gid_t)-1)

/* Root is always believed, and beside it: */
struct believed {
	uid_t user;       /* whom the master runs as, or who calls; 0: root alone */
	uid_t also;       /* TRUST_USER= of the settings; NO_USER: none */
	gid_t also_group; /* that user's own group, which may write, too */
};

/* Root and the caller. */
struct believed believed_caller(void);

enum distrust_kind {
	DISTRUST_NONE,
	DISTRUST_OWNER,     /* it belongs to somebody else */
	DISTRUST_WRITABLE,  /* its group, or everybody, may write it */
	DISTRUST_HARD_LINK, /* another name of a file, in a folder where everybody may make names */
	DISTRUST_FUSE,      /* a user's own program answers for its owner and mode */
	DISTRUST_SET_ID,    /* set-uid or set-gid where that is no business of it */
	DISTRUST_TYPE,      /* no regular file, or no folder, where one must be */
	DISTRUST_ERROR      /* it could not be looked at: error */
};

/* Why not. Of the first part of the path that fails. */
struct distrust {
	enum distrust_kind kind;
	char path[PATH_MAX]; /* of the file or folder that is to blame */
	uid_t uid;           /* its owner, group and mode */
	gid_t gid;
	mode_t mode;
	int error; /* errno, with DISTRUST_ERROR */
};

enum {
	TRUSTED_FOLDER = 1,  /* the path names a folder; else a regular file */
	TRUSTED_MISSING = 2, /* the last part need not exist: fd is -1 then */
	TRUSTED_LAST_ANY = 4 /* only folders and links are judged, not who may write the file */
};

struct trusted {
	int fd;     /* of the path alone, not to be read; on old kernels O_RDONLY | O_NONBLOCK */
	int folder; /* of the folder that holds it, or -1 for "/" */
	char name[NAME_MAX + 1]; /* in that folder */
	char path[PATH_MAX];     /* resolved: no links, no dots, as seen from `root` */
	struct stat st;          /* of fd; zero where it is missing */
};

/*
 * root: "" for ours, or a path that reaches another process's root ("/proc/self/fd/7"); path is
 * absolute. 0; -EPERM: not trusted, see *why; -ENOTDIR, -EISDIR, -EINVAL: DISTRUST_TYPE; else
 * -errno, and *why says it too (DISTRUST_ERROR). *ret needs trusted_close() only after 0.
 *
 * A sticky folder like /tmp may be passed through, but neither be the folder that is asked for nor
 * hold a part that is missing. Links of /proc that lead elsewhere than they say (/proc/PID/root)
 * are -ELOOP. A part that a user's FUSE would have to answer for is waited for as open(2) does.
 */
int trusted_open(const struct believed *b, const char *root, const char *path, unsigned flags,
		 struct trusted *ret, struct distrust *why);
void trusted_close(struct trusted *t);

/* A new descriptor to read the very file that was judged. -errno; -ESTALE: another stands there. */
int trusted_reopen(const struct trusted *t);

/*
 * The same question about a regular file that is open already: owner and mode, nothing above it.
 * As trusted_open().
 */
int trusted_fd(const struct believed *b, int fd, const char *path, struct distrust *why);

/*
 * "the folder /srv/www belongs to uid 33 (www-data) and has mode 0775, so that uid 33 can change
 * what is in it", and the command that mends it: "chown root /srv/www", "chmod go-w /srv/www"; ""
 * where no command does. There may be more to mend behind it. Both return ret.
 */
const char *distrust_text(const struct distrust *d, char *ret, size_t size);
const char *distrust_advice(const struct distrust *d, char *ret, size_t size);

#endif
