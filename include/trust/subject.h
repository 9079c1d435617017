/*
 * A process of which the kernel vouches who it is. Whoever can start a program can give it any
 * title, environment and parent, so none of those is looked at here: what counts is the four user
 * ids together with those at its exec, its user and pid namespaces, and the file that it executes
 * together with who can write that file. What this returns is what signals, executions and reports
 * are about; nothing else makes one.
 *
 *	subject_look -> (subject_same, subject_signal, ...) -> subject_close
 */
#ifndef TRUST_SUBJECT_H
#define TRUST_SUBJECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/file_id.h"
#include "os/process.h"
#include "trust/path.h"

struct subject {
	struct process process;
	uid_t uid; /* real, effective, saved and of file access: all four */
	gid_t gid;
	bool other_root; /* another mount namespace or root folder than ours */
	int root_fd;     /* of its root folder, where other_root; else -1 */
	char root[32];   /* "" or "/proc/self/fd/N": put before its paths to reach them */
	int image;       /* descriptor of the file that it executes, to be read or executed */
	struct file_id image_id;
	char image_path[PATH_MAX]; /* as the kernel shows it; for messages and comparison only */
};

enum subject_fault {
	SUBJECT_OK,
	SUBJECT_GONE,            /* no such process, or a zombie */
	SUBJECT_UNREADABLE,      /* a look failed: nothing is known. errno in why->error */
	SUBJECT_NO_PERMISSION,   /* not ours to look at */
	SUBJECT_USER_MIXED,      /* its user ids differ, or it was started set-uid */
	SUBJECT_OTHER_NAMESPACE, /* of users or pids: a container */
	SUBJECT_IMAGE            /* others can write what it executes, see *why */
};

/* Nobody; may be closed. */
struct subject subject_none(void);

/* *ret needs subject_close() only after SUBJECT_OK; before, uid and image_path are set if known. */
enum subject_fault subject_look(pid_t pid, const struct believed *b, struct subject *ret,
				struct distrust *why);
void subject_close(struct subject *s);

/* 0: the same process, user and file now as when it was looked at; -ESRCH: not; or -errno: it could
 * not be told. */
int subject_same(const struct subject *s);

/*
 * Whether it executes the file at this path, or what stood there before that was replaced: path as
 * we reach it, own as the process sees it.
 */
bool subject_executes(const struct subject *s, const char *path, const char *own);

/*
 * Whether this process is that user's, all four ids of it and at its exec, and in our namespaces:
 * 1, 0, or -errno where it cannot be told in this moment: -ESRCH when it has gone or is being
 * executed, else the look failed.
 */
int subject_is_user(pid_t pid, uid_t uid);

/* The same, where what cannot be told is no. */
bool subject_has_user(pid_t pid, uid_t uid);

/*
 * The kernel's word that this user executed what it runs, or that it was forked from that: what a
 * worker executes itself has the worker's user there. 1, 0, or -errno.
 */
int subject_was_executed_by(pid_t pid, uid_t uid);

/* Whether it is in our namespaces, as subject_look() asks it; who it is, is not looked at. 1, 0, or
 * -errno. */
int subject_is_here(pid_t pid);

/* Checks all that in this moment, then signals. -ESRCH: it is not what it was; -errno: it could not
 * be told, or not be signalled. Nothing was sent. */
int subject_signal(const struct subject *s, int sig);

/*
 * A process of a master: its child in this moment, or, where the master is dead, one that was its
 * child and executes the same file. -ESRCH as above.
 */
int subject_signal_member(const struct subject *master, const struct process *member, int sig);

#endif
