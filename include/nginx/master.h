/*
 * A running master: who it is and what it was started with. A look at one moment; only the identity
 * and the executable's file stay true for as long as it lives. That it is one that may be believed
 * is the kernel's word (trust/subject.h); its title, which anybody can have, is read after that.
 *
 *	master_look -> ... -> master_close
 */
#ifndef NGINX_MASTER_H
#define NGINX_MASTER_H

#include <limits.h>
#include <stdbool.h>

#include "nginx/title.h"
#include "trust/subject.h"

/* Not to be copied: its arguments point into it. */
struct master {
	struct subject subject;
	struct title_arguments arguments;
	pid_t parent;
	bool parent_is_starter; /* the parent is of the same session: it did not daemonise */
	bool ignores_usr2;
	char cwd[PATH_MAX]; /* in its own view */
};

enum master_fault {
	MASTER_OK,
	MASTER_GONE,     /* no such process, or a zombie */
	MASTER_STARTING, /* it executes an nginx, and has not set its title yet */
	MASTER_OTHER,    /* it is something else; title says what */
	MASTER_NO_PERMISSION,
	MASTER_UNREADABLE, /* a look failed: nothing is known of it */
	MASTER_CONTAINER,  /* in a pid or user namespace of its own */
	MASTER_FORGED,     /* its user ids are not one: set-uid, or started so */
	MASTER_IMAGE       /* others can write what it executes: see why */
};

/*
 * *ret needs master_close() only after MASTER_OK. ret->arguments.buf holds its title if
 * MASTER_OTHER. b->user is not looked at: whose master it is, ret->subject.uid says.
 */
enum master_fault master_look(pid_t pid, const struct believed *b, struct master *ret,
			      struct distrust *why);

void master_close(struct master *m);

/*
 * Whether this process, of that user, executes an nginx that is about to be a master: no title yet,
 * and not started to test, to print or to signal (nginx: ngx_get_options). 1, 0, or -errno: the
 * look failed. One that is gone, or not ours to look at, does not.
 */
int master_starts(pid_t pid, uid_t uid);

/* Titled a master, in this moment: likewise. master_titled(): where what cannot be told is no. */
int master_is_titled(pid_t pid);
bool master_titled(pid_t pid);

/*
 * Both with one reading of its command line, for a search through thousands: 1 when it is titled;
 * else 0, and *ret_starts becomes true when it starts, which is not asked where it is true already;
 * or -errno.
 */
int master_is_titled_or_starts(pid_t pid, uid_t uid, bool *ret_starts);

/* A path as the master sees it, for people: without the root that we put before it. */
const char *master_own_path(const struct master *m, const char *path);

/* The root that such a path is in: m->root, or "" for our own. */
const char *master_root_of(const struct master *m, const char *path);

/*
 * A path behind the master's root becomes our own path to it, where both show one file. False: they
 * do not, or there is no such file; it is left as it is.
 */
bool master_our_view(const struct master *m, char path[PATH_MAX]);

/*
 * The file that USR2 executes: argv[0], relative to the master's cwd, reached from here. -ENOENT:
 * argv[0] has no slash, execve() does no search.
 */
int master_binary(const struct master *m, char ret[PATH_MAX]);

/* The same, not yet resolved, in the master's own view. -ENOENT, -ENAMETOOLONG. */
int master_binary_name(const struct master *m, char ret[PATH_MAX]);

#endif
