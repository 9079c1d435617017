/*
 * Reads /proc. Every call reads one small file of one process; nothing is cached. proc(5).
 *
 * -ESRCH means: the process is gone, or has no such file (the kernel's ENOENT and ESRCH both become
 * -ESRCH). -ENODATA or -EACCES: the process exists, but /proc is not mounted or hides it
 * (hidepid=). Any other error (-EMFILE, -ENOMEM, -EIO, ...) means that the reading failed, and says
 * nothing about the process.
 *
 * A run that has become a user (os/identity.h) reads as that user, and where that is refused again
 * as root: a user may not look into his own nginx if it has capabilities.
 */
#ifndef OS_PROCFS_H
#define OS_PROCFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/file_id.h"
#include "os/proc_status.h" /* IWYU pragma: export */

/* "/proc"; tests set it to a folder of fixtures. */
extern const char *procfs_root;

struct proc_stat {
	char state; /* 'R', 'S', 'Z', ... */
	pid_t parent;
	/* The pid of the session's leader; not reused while the session has members. */
	pid_t session;
	/* In clock ticks since boot. Pid and start time together identify a process. */
	uint64_t start_ticks;
	/*
	 * An address. Usually random, so that each exec changes it; 0: hidden from us, or the
	 * process ends and its memory is gone already.
	 */
	uint64_t start_stack;
};

/*
 * For a search through processes: turns a result of the calls below into 0 if it only means that
 * the process can be skipped: it is gone, or we may not look into it (a worker of another user,
 * where root may not trace). Any other result is returned as it is: an error means that the search
 * has failed.
 */
int procfs_unless_gone(ssize_t r);

/*
 * The same for "stat" and "cmdline", which everybody may read: if root is refused, that is an
 * error, too.
 */
int procfs_unless_gone_public(ssize_t r);

/*
 * Reads /proc/PID/name into buf and adds a NUL. Returns the length; at most size - 1 bytes are
 * read, and the rest is dropped.
 */
ssize_t procfs_read(pid_t pid, const char *name, char *buf, size_t size);

/*
 * The same for "stat". The kernel gives such a file whole to the first read() that has
 * room for it (Linux: single_open), so there is no second read() to see the end of the file. That
 * saves time with thousands of processes.
 */
ssize_t procfs_read_record(pid_t pid, const char *name, char *buf, size_t size);

/*
 * The same for "status", without the line "Groups:". That may be longer than all others together,
 * and stands before most of them; PROC_STATUS_SHORT bytes have room for the rest. (What does not
 * fit into the first read() the kernel gives to the next ones, of the same moment.)
 */
ssize_t procfs_read_status(pid_t pid, char *buf, size_t size);

/* The target of the link /proc/PID/name as text: "exe", "cwd", "ns/pid". Returns its length. */
ssize_t procfs_link(pid_t pid, const char *name, char *buf, size_t size);

/* What the kernel adds to the path of a file that has no name any more, in a link and in "maps". */
#define PROCFS_DELETED " (deleted)"

/* Removes that ending. False: the path has none. A file may really have a name that ends so. */
bool procfs_cut_deleted(char *path);

int procfs_stat(pid_t pid, struct proc_stat *ret);

/*
 * The addresses between which the kernel placed the environment at the exec. Linux 3.5. -ENODATA:
 * hidden from us, or the kernel does not show them.
 */
int procfs_environment(pid_t pid, uint64_t *ret_begin, uint64_t *ret_end);

/* Opens "exe", "root", "cwd", "mem", "ns/mnt", ...: a descriptor (close-on-exec) or -errno. */
int procfs_open(pid_t pid, const char *name, int flags);

/* The identity of what the link "exe", "root", "cwd" or "ns/..." leads to. */
int procfs_file_id(pid_t pid, const char *name, struct file_id *ret);

/*
 * Calls fn for each process. Ends when fn returns other than 0, and returns that; else 0 or -errno.
 * -ENODATA: /proc shows no process at all, not even this one.
 */
int procfs_each(int (*fn)(pid_t pid, void *arg), void *arg);

/*
 * Whether /proc can be relied on: 0; -ENODATA: it is not mounted; -EXDEV: it shows another pid
 * namespace; -EACCES: it hides processes from root; or -errno.
 */
int procfs_check(void);

/*
 * 1: it is a process. 0: it is a thread other than the first one of its process (/proc/NUMBER
 * exists for it, too), or gone. Or -errno.
 */
int procfs_is_process(pid_t pid);

/* The last pid that the kernel assigned to a process or thread in our namespace; 0: unknown. */
pid_t procfs_last_pid(void);

/* Writes "PROCFS_ROOT/PID/name" into buf, and returns buf. */
const char *procfs_path(char buf[PATH_MAX], pid_t pid, const char *name);

#endif
