/*
 * A vetted process: one whose identity the kernel vouches for. Whoever starts a program chooses its
 * title, environment and parent, so these prove nothing and are not looked at here. What counts:
 * its four user ids, those at its exec, its user and pid namespaces, the file that it executes, and
 * who can write that file. Signals, executions and reports are about subjects only, and only
 * subject_look() makes one.
 *
 *	subject_look -> (subject_same, subject_signal, ...) -> subject_close
 */
#ifndef TRUST_SUBJECT_H
#define TRUST_SUBJECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/file_id.h"
#include "os/limits.h"
#include "os/process.h"
#include "trust/path.h"

struct subject {
	struct process process;
	uid_t uid; /* all four: real, effective, saved and file system */
	gid_t gid;
	bool other_root; /* it has another mount namespace or root folder than we have */
	int root_fd;     /* of its root folder, if other_root; else -1 */
	char root[32];   /* "" or "/proc/self/fd/N": the prefix by which we reach its paths */
	int image;       /* descriptor of the file that it executes */
	struct file_id image_id;
	char image_path[PATH_MAX]; /* as the kernel shows it; only for messages and comparison */
};

/* No process. May be passed to subject_close(). */
struct subject subject_none(void);

/*
 * Vets a process. 0: the caller must subject_close(ret). Else there is nothing to close, and uid
 * and image_path are set if they are known: -ESRCH: no such process, or a zombie; -EACCES: we may
 * not look at it; -EPERM: it is not trusted, see *why; or another -errno: reading failed, so that
 * nothing is known.
 */
int subject_look(pid_t pid, const struct believed *b, struct subject *ret, struct distrust *why);
void subject_close(struct subject *s);

/*
 * Whether it is still the same process, with the same user and the same file. 0: yes; -ESRCH: no;
 * or -errno: unknown.
 */
int subject_same(const struct subject *s);

/*
 * Whether it executes the file at a path, or one that was there before it was replaced. path: how
 * we reach it; own: how the process sees it.
 */
bool subject_executes(const struct subject *s, const char *path, const char *own);

/*
 * Whether a process belongs to a user: all four ids, and for root those at its exec, too, and it is
 * in our namespaces. 1 or 0; -ESRCH: it is gone, or in the middle of an exec; or -errno: unknown.
 */
int subject_is_user(pid_t pid, uid_t uid);

/* The same; false if unknown. */
bool subject_has_user(pid_t pid, uid_t uid);

/*
 * Whether the program in this process was executed by that user (AT_UID and AT_EUID), in this
 * process or in the one that it was forked from. For a program that a worker executes, that is the
 * worker's user. 1, 0, or -errno.
 */
int subject_was_executed_by(pid_t pid, uid_t uid);

/* Whether a process is in our namespaces; its user is not looked at. 1, 0, or -errno. */
int subject_is_here(pid_t pid);

/*
 * Checks subject_same(), then sends the signal. 0; -ESRCH: it is not the same any more; or -errno:
 * that is unknown, or the signal was refused. Unless 0, nothing was sent.
 */
int subject_signal(const struct subject *s, int sig);

/*
 * Checks subject_same(), then changes one of its limits; as root, if this run has become a user and
 * the user may not. Returns as subject_signal() and limits_set(). Linux has no such call by pidfd:
 * if the pid is reused between the check and the call, another process is changed.
 */
int subject_limit(const struct subject *s, int resource, const struct limit *to);

/*
 * Signals a process that belongs to a master: a child of it now; or, if the master is dead, a
 * former child that executes the same file. The caller vouches for the "former child". Returns as
 * subject_signal().
 */
int subject_signal_member(const struct subject *master, const struct process *member, int sig);

#endif
