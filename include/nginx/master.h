/*
 * A running master: its identity, and how it was started. All of it is a look at one moment; only
 * the identity and the executed file do not change while the process lives. Whether the process
 * can be trusted is judged by what the kernel says (trust/subject.h). Its title says that it is a
 * master, but any process can have such a title.
 *
 *	master_look -> ... -> master_close
 */
#ifndef NGINX_MASTER_H
#define NGINX_MASTER_H

#include <limits.h>
#include <stdbool.h>

#include "nginx/title.h"
#include "trust/path.h"
#include "trust/subject.h"

/* Must not be copied, since `arguments` has pointers into itself. */
struct master {
	struct subject subject;
	struct title_arguments arguments;
	pid_t parent;
	bool parent_is_starter; /* the parent is in the same session: nginx runs in the foreground
				 */
	bool ignores_usr2;
	char cwd[PATH_MAX]; /* as the master sees it */
};

enum master_found {
	MASTER_OK,
	MASTER_GONE,     /* no such process, or a zombie */
	MASTER_STARTING, /* it executes an nginx, but has not set its title yet */
	MASTER_OTHER,    /* another process; ret->arguments.buf is its title */
	MASTER_NO_PERMISSION,
	MASTER_UNREADABLE, /* /proc could not be read: nothing is known of it */
	MASTER_CONTAINER,  /* in a pid or user namespace of its own */
	MASTER_FORGED,     /* its user ids differ: a set-uid program may have such a title */
	MASTER_IMAGE       /* others can write to the file that it executes; see *why */
};

/*
 * Looks at the process. *ret needs master_close() after MASTER_OK only. b->user is not compared
 * with the master's user, which is ret->subject.uid.
 */
enum master_found master_look(pid_t pid, const struct believed *b, struct master *ret,
			      struct distrust *why);

void master_close(struct master *m);

/* Whether a process has the title of a master at this moment. 1; 0, also if it has gone; or -errno:
 * the look failed. */
int master_is_titled(pid_t pid);

/* The same; false also where the look failed. */
bool master_titled(pid_t pid);

/*
 * The same, and whether a master is being started, with one reading of its command line, for a
 * search through thousands of processes. *ret_starts is set to true if the process belongs to that
 * user and executes an nginx that is going to be a master: it has no title yet, and was not started
 * to test, to print or to signal (nginx: ngx_get_options). If *ret_starts is true already, it is
 * not looked for.
 */
int master_is_titled_or_starts(pid_t pid, uid_t uid, bool *ret_starts);

/* A path as the master sees it, for people: without the master's root in front. */
const char *master_own_path(const struct master *m, const char *path);

/* The root that the path begins with: the master's, or "" for our own. */
const char *master_root_of(const struct master *m, const char *path);

/*
 * Removes the master's root from the path if the path without it leads to the same file from our
 * root. False: it does not, or there is no such file; the path is left as it is.
 */
bool master_our_view(const struct master *m, char path[PATH_MAX]);

/*
 * The file that the master executes at USR2, as seen from our root, all links resolved: argv[0],
 * relative to its cwd. 0; -ENOENT: argv[0] has no slash, and execve() searches no PATH; or another
 * -errno.
 */
int master_binary(const struct master *m, char ret[PATH_MAX]);

/* The same as the master sees it, with its links. 0, -ENOENT or -ENAMETOOLONG. */
int master_binary_name(const struct master *m, char ret[PATH_MAX]);

#endif
