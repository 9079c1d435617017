/*
 * The ids, capabilities and signal masks of a process: /proc/PID/status and /proc/PID/auxv. Errors
 * as in os/procfs.h.
 */
#ifndef OS_PROC_STATUS_H
#define OS_PROC_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_signals {
	char state;
	uint64_t pending; /* the masks: see SIGNAL_BIT(); of the main thread and the process */
	uint64_t blocked;
	uint64_t ignored;
	uint64_t caught;
	uid_t uid; /* effective */
	gid_t gid;
	unsigned pid_namespace_depth; /* in how many pid namespaces it has a pid; 0: unknown */
};

/* All ids are those in our own user namespace. */
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
	pid_t tracer;         /* in our own pid namespace; 0: none, or it is not in our namespace */
};

/* Bytes of /proc/PID/status: one line lists all groups, which may be hundreds. */
#define PROC_STATUS_MAX 32768

/* The same without that line: procfs_read_status(). */
#define PROC_STATUS_SHORT 8192

#define SIGNAL_BIT(sig) (1ull << ((sig)-1))

int procfs_signals(pid_t pid, struct proc_signals *ret);
int procfs_status(pid_t pid, struct proc_status *ret);

/* Parses the text of /proc/PID/status. 0 or -EBADMSG. */
int proc_status_parse(const char *text, struct proc_status *ret);

/* The supplementary groups in that text. How many; -E2BIG: more than max; -EBADMSG. */
ssize_t proc_status_groups(const char *text, gid_t *ret, size_t max);

/*
 * The real and effective user at the last exec, as the kernel wrote them then (AT_UID and AT_EUID
 * of the auxiliary vector), in the process's own user namespace. -EBADMSG also for a kernel thread,
 * which has none.
 */
int procfs_auxv_ids(pid_t pid, uid_t *ret_uid, uid_t *ret_euid);

#endif
