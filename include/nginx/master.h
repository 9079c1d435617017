/*
 * A running master: who it is and what it was started with. A look at one moment; only the identity
 * and the executable's file stay true for as long as it lives.
 *
 *	master_look -> ... -> master_close
 */
#ifndef NGINX_MASTER_H
#define NGINX_MASTER_H

#include <limits.h>
#include <stdbool.h>

#include "nginx/install.h"
#include "nginx/title.h"
#include "os/child.h"
#include "os/process.h"

/* Not to be copied: its arguments point into it. */
struct master {
	struct process process;
	struct title_arguments arguments;
	pid_t parent;
	bool parent_is_starter; /* the parent is of the same session: it did not daemonise */
	bool other_pid_namespace;
	bool other_root; /* another mount namespace or root folder than ours */
	bool ignores_usr2;
	int root_fd;        /* of its root folder, where other_root; else -1 */
	char root[32];      /* "" or "/proc/self/fd/N": put before its paths to reach them */
	char cwd[PATH_MAX]; /* in its own view */
	int image;          /* descriptor of the file it executes; -1: not permitted */
	struct file_id image_id;
	uid_t uid;
	gid_t gid;
};

enum master_fault {
	MASTER_OK,
	MASTER_GONE,  /* no such process, or a zombie */
	MASTER_OTHER, /* it is something else; title says what */
	MASTER_NO_PERMISSION,
	MASTER_UNREADABLE
};

/* *ret needs master_close() only after MASTER_OK. ret->arguments.buf holds its title if
 * MASTER_OTHER. */
enum master_fault master_look(pid_t pid, struct master *ret);

void master_close(struct master *m);

/* Whether this pid is a master that can be looked at. */
bool master_runs(pid_t pid);

/* Same process, same executable file, still titled a master: to be asked right before a signal. */
bool master_unchanged(const struct process *p, const struct file_id *image_id);

/* What a child must take over to see and to be allowed what this master is. */
struct surroundings master_surroundings(const struct master *m);

/* A path as the master sees it, for people: without the root that we put before it. */
const char *master_own_path(const struct master *m, const char *path);

/* The root that such a path is in: m->root, or "" for our own. */
const char *master_root_of(const struct master *m, const char *path);

/*
 * A path behind m->root becomes our own path to it, where both show one file. False: they do not,
 * or there is no such file; it is left as it is.
 */
bool master_our_view(const struct master *m, char path[PATH_MAX]);

/*
 * The file that USR2 executes: argv[0], relative to the master's cwd, reached from here. -ENOENT:
 * argv[0] has no slash, execve() does no search.
 */
int master_binary(const struct master *m, char ret[PATH_MAX]);

#endif
