/*
 * /proc, read with care: every call reads one small file of one process, anew. A process that is
 * gone, or has no such file, answers -ESRCH (ENOENT and ESRCH both mean that). One that lives and
 * is not shown, because /proc is not mounted or hides it (hidepid=), answers -ENODATA or -EACCES,
 * never -ESRCH; and any other failure (-EMFILE, -ENOMEM, -EIO, ...) is a look that failed, which
 * says nothing about the process. proc(5).
 *
 * A run that has become a user (os/identity.h) looks as that user first, and where that is refused
 * once more as root: a user may not look into an nginx of his own that has capabilities.
 */
#ifndef OS_PROCFS_H
#define OS_PROCFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/file_id.h"

/* "/proc"; tests point it to a folder of fixtures. */
extern const char *procfs_root;

struct proc_stat {
	char state; /* 'R', 'S', 'Z', ... */
	pid_t parent;
	pid_t session;        /* the pid of who began it; kept by the kernel while it has members */
	uint64_t start_ticks; /* since boot, in clock ticks: with the pid, the process's identity */
	uint64_t start_stack; /* differs after every exec where addresses are random; 0: hidden */
};

struct proc_signals {
	char state;
	uint64_t pending; /* of the thread and the process */
	uint64_t blocked;
	uint64_t ignored;
	uint64_t caught;
	uid_t uid; /* effective */
	gid_t gid;
	unsigned pid_namespace_depth; /* how many pids it has; 0: the kernel does not say */
};

/* The ids as the kernel shows them in our own user namespace. */
enum { ID_REAL, ID_EFFECTIVE, ID_SAVED, ID_FILES, ID_COUNT };

struct proc_status {
	struct proc_signals signals;
	uid_t uids[ID_COUNT];
	gid_t gids[ID_COUNT];
	uint64_t cap_inheritable;
	uint64_t cap_permitted;
	uint64_t cap_bounding;
	uint64_t cap_ambient; /* Linux 4.3; before: 0 */
	bool no_new_privs;    /* shown from Linux 4.10 on; before: false */
};

/* Of /proc/PID/status: a user of a large directory may be in hundreds of groups, on one line. */
#define PROC_STATUS_MAX 32768

#define SIGNAL_BIT(sig) (1ull << ((sig)-1))

/*
 * What such an answer tells of somebody who may or may not be one of ours: 0 where he has gone, or
 * may not be looked into (a worker of another user, where root may not trace), else r as it is:
 * what a look that failed leaves open is an error.
 */
int procfs_told(ssize_t r);

/* The same of what everybody may read, "stat" and "cmdline": that root may not is a failed look. */
int procfs_told_to_all(ssize_t r);

/* Reads /proc/PID/name into buf and ends it with NUL; returns the length, cut at size - 1. */
ssize_t procfs_read(pid_t pid, const char *name, char *buf, size_t size);

/*
 * The same of "stat" and "status", which the kernel makes anew for each reader and gives whole to
 * the first read() that has room for all of it (Linux: single_open). So one read() does, where a
 * second would only say that there is no more: with thousands of processes to ask that counts.
 */
ssize_t procfs_read_record(pid_t pid, const char *name, char *buf, size_t size);

/* The target of a link as text: "exe", "cwd", "ns/pid". Returns its length. */
ssize_t procfs_link(pid_t pid, const char *name, char *buf, size_t size);

int procfs_stat(pid_t pid, struct proc_stat *ret);
int procfs_signals(pid_t pid, struct proc_signals *ret);
int procfs_status(pid_t pid, struct proc_status *ret);

/* The same of a text that was read, for who wants more of it: its supplementary groups. How many,
 * or -E2BIG, or -EBADMSG where the text was cut. */
int proc_status_parse(const char *text, struct proc_status *ret);
ssize_t proc_status_groups(const char *text, gid_t *ret, size_t max);

/*
 * What the kernel wrote at the exec: the real and effective user of that moment, in the process's
 * own user namespace. -EBADMSG also for a thread of the kernel, which has no such thing.
 */
int procfs_auxv_ids(pid_t pid, uid_t *ret_uid, uid_t *ret_euid);

/* Opens "exe", "root", "cwd", "mem", "ns/mnt", ...: a descriptor, or -errno. */
int procfs_open(pid_t pid, const char *name, int flags);

/* The file or folder that "exe", "root", "cwd" or "ns/..." leads to. */
int procfs_file_id(pid_t pid, const char *name, struct file_id *ret);

/* Calls fn for every process, until it returns other than 0, which is then returned. -ENODATA: none
 * is shown, not even ourselves. */
int procfs_each(int (*fn)(pid_t pid, void *arg), void *arg);

/*
 * Whether /proc shows what there is: 0; -ENODATA: it is not mounted; -EXDEV: it is that of another
 * pid namespace; -EACCES: it hides from root what is not root's own; or -errno.
 */
int procfs_check(void);

/* 1; 0 also when it is gone: /proc/NUMBER is there for a thread that is not the first, too; -errno.
 */
int procfs_is_process(pid_t pid);

/* The number that the kernel gave out last, to a process or a thread of our namespace; 0: unknown.
 */
pid_t procfs_last_pid(void);

/* "PROCFS_ROOT/PID/name" */
const char *procfs_path(char buf[PATH_MAX], pid_t pid, const char *name);

#endif
