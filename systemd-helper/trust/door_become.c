/*
 * In a child: takes on the traits of a vetted process. All that is needed of that process is opened
 * and read first, and then it is checked that it still is the same process. From there on only
 * descriptors and numbers are used, so that no change of the process can interfere. If anything
 * cannot be taken over, that is a failure: a program is never executed with more rights than the
 * process has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/compat.h"
#include "os/file_id.h"
#include "os/limits.h"
#include "os/procfs.h"
#include "trust/account.h"
#include "trust/actor.h"
#include "trust/door_private.h"
#include "trust/subject.h"

/* Newer than the headers of glibc 2.12. A kernel that does not know them fails with EINVAL. */
#ifndef O_PATH
#define O_PATH 010000000
#endif
#ifndef PR_SET_NO_NEW_PRIVS
#define PR_SET_NO_NEW_PRIVS 38
#endif
#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT           47
#define PR_CAP_AMBIENT_RAISE     2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

enum { GROUPS = PROC_STATUS_MAX / 2, CAPABILITIES = 64 };

struct traits {
	/* Descriptors; of the namespaces -1: it is our own. */
	int cwd;
	int root;
	int mount_ns;
	int network_ns;
	struct proc_status status;
	gid_t *groups;
	size_t group_count;
	struct limits limits;
};

/*
 * *ret: a descriptor of the process's namespace, if it is another than ours; -1: it is ours, or the
 * kernel has no such file. 0 or -errno.
 */
static int open_other_namespace(pid_t pid, const char *name, int *ret)
{
	struct file_id own;
	struct file_id theirs;
	int r = procfs_file_id(getpid(), name, &own);

	*ret = -1;
	if (r < 0)
		return r == -ESRCH ? 0 : r;
	r = procfs_file_id(pid, name, &theirs);
	if (r < 0 || file_id_equal(&own, &theirs))
		return r;
	*ret = procfs_open(pid, name, O_RDONLY);
	return *ret < 0 ? *ret : 0;
}

/* The process may be in a folder that it cannot read. */
static int open_folder(pid_t pid, const char *name)
{
	int fd = procfs_open(pid, name, O_RDONLY | O_DIRECTORY);

	return fd == -EACCES ? procfs_open(pid, name, O_PATH | O_DIRECTORY) : fd;
}

static int look_at_status(pid_t pid, struct traits *t)
{
	char *text = malloc(PROC_STATUS_MAX);
	ssize_t n = text ? procfs_read(pid, "status", text, PROC_STATUS_MAX) : -ENOMEM;
	int r = n < 0 ? (int)n : proc_status_parse(text, &t->status);

	if (!r) {
		t->groups = malloc(GROUPS * sizeof(*t->groups));
		n = t->groups ? proc_status_groups(text, t->groups, GROUPS) : -ENOMEM;
		t->group_count = n < 0 ? 0 : (size_t)n;
		r = n < 0 ? (int)n : 0;
	}
	free(text);
	return r;
}

/* The step, with errno set, if r is -errno; else STEP_DONE. */
static enum door_step step_result(int r, enum door_step step)
{
	errno = -r;
	return r < 0 ? step : STEP_DONE;
}

static enum door_step open_traits(const struct subject *s, struct traits *t)
{
	pid_t pid = s->process.pid;
	int r;

	t->cwd = open_folder(pid, "cwd");
	if (t->cwd < 0)
		return step_result(t->cwd, STEP_CWD);
	t->root = open_folder(pid, "root");
	if (t->root < 0)
		return step_result(t->root, STEP_ROOT);
	r = open_other_namespace(pid, "ns/net", &t->network_ns);
	if (r < 0)
		return step_result(r, STEP_NETWORK_NAMESPACE);
	r = open_other_namespace(pid, "ns/mnt", &t->mount_ns);
	if (r < 0)
		return step_result(r, STEP_MOUNT_NAMESPACE);
	r = look_at_status(pid, t);
	if (r < 0)
		return step_result(r, STEP_LOOK);
	limits_of(pid, &t->limits);
	return step_result(subject_same(s), STEP_SAME);
}

/*
 * The mount namespace comes last: after it our /proc is gone, and with it all that was not opened.
 * A user namespace is never entered: a user who is root in his own could trace what is executed
 * there.
 */
static enum door_step enter_place(const struct subject *s, const struct traits *t)
{
	int r = t->network_ns >= 0 ? compat_setns(t->network_ns, CLONE_NEWNET) : 0;

	if (r < 0)
		return step_result(r, STEP_NETWORK_NAMESPACE);
	r = t->mount_ns >= 0 ? compat_setns(t->mount_ns, CLONE_NEWNS) : 0;
	if (r < 0)
		return step_result(r, STEP_MOUNT_NAMESPACE);
	if ((s->other_root || t->mount_ns >= 0) && (fchdir(t->root) < 0 || chroot(".") < 0))
		return STEP_ROOT;
	/* Also if only the root has changed: our old working folder would lead out of it. */
	return fchdir(t->cwd) < 0 ? STEP_ENTER_CWD : STEP_DONE;
}

static rlim_t as_rlim(uint64_t value)
{
	return value > RLIM_INFINITY ? RLIM_INFINITY : (rlim_t)value;
}

/* If the hard limit cannot be raised (not root), takes as much as possible: less is no risk. */
static void take_limit(int resource, const struct limit *wanted)
{
	struct rlimit limit = {as_rlim(wanted->soft), as_rlim(wanted->hard)};
	struct rlimit own;

	if (setrlimit(resource, &limit) == 0 || getrlimit(resource, &own) < 0)
		return;
	if (limit.rlim_max > own.rlim_max)
		limit.rlim_max = own.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(resource, &limit);
}

/* Sets the limits of the process, or in their place the ones that it will have (next). */
static void take_limits(const struct limits *has, const struct limits *next)
{
	int i;

	for (i = 0; i < LIMITS_COUNT; i++) {
		if (next && next->of[i].known)
			take_limit(i, &next->of[i]);
		else if (has->of[i].known)
			take_limit(i, &has->of[i]);
	}
}

/* What the process could not regain by any exec, the program that we execute cannot, either. */
static int drop_bounding(uint64_t theirs)
{
	unsigned long i;

	for (i = 0; i < CAPABILITIES && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++) {
		if (!(theirs >> i & 1) && prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

/*
 * Only capabilities that are ambient, too, survive the exec (capabilities(7)); the other permitted
 * ones are needed for the calls below. For a user none is effective, so that is_root_left() would
 * notice a way back to root.
 */
static int take_capabilities(const struct proc_status *status, bool root)
{
	struct capabilities caps;
	unsigned long i;
	int r = compat_capget(&caps);

	if (r < 0)
		return r;
	/* We cannot pass on what we do not have ourselves (a unit's CapabilityBoundingSet=). */
	caps.inheritable = status->cap_inheritable & (caps.inheritable | caps.permitted);
	caps.permitted &= status->cap_permitted;
	caps.effective = root ? caps.permitted : 0;
	r = compat_capset(&caps);
	if (r < 0)
		return r;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (i = 0; i < CAPABILITIES; i++) {
		if ((status->cap_ambient & caps.permitted & caps.inheritable) >> i & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return -errno;
	}
	if (status->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

/* Asks the kernel for the ids: that setresuid(2) returned 0 is not relied on. */
static bool has_ids(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3];

	return getresuid(&u[0], &u[1], &u[2]) == 0 && getresgid(&g[0], &g[1], &g[2]) == 0 &&
	       u[0] == uid && u[1] == uid && u[2] == uid && g[0] == gid && g[1] == gid &&
	       g[2] == gid;
}

/* Whether the process can never become root again. */
static bool is_root_left(uid_t uid, gid_t gid)
{
	return setuid(0) < 0 && setresuid(0, 0, 0) < 0 && has_ids(uid, gid);
}

/* An account gets none of the capabilities of the subject. */
static enum door_step become_account(const struct account *a)
{
	static const struct capabilities nothing;

	if (setgroups((size_t)a->group_count, a->groups) < 0 ||
	    setresgid(a->gid, a->gid, a->gid) < 0)
		return STEP_GROUPS;
	if (setresuid(a->uid, a->uid, a->uid) < 0)
		return STEP_USER;
	if (compat_capset(&nothing) < 0)
		return STEP_CAPABILITIES;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return a->uid != 0 && is_root_left(a->uid, a->gid) ? STEP_DONE
							   : step_result(-EPERM, STEP_ROOT_LEFT);
}

static enum door_step become_as_root(const struct subject *s, const struct traits *t)
{
	int r = drop_bounding(t->status.cap_bounding);

	if (r < 0)
		return step_result(r, STEP_CAPABILITIES);
	(void)prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (setgroups(t->group_count, t->groups) < 0 || setresgid(s->gid, s->gid, s->gid) < 0)
		return STEP_GROUPS;
	if (setresuid(s->uid, s->uid, s->uid) < 0)
		return STEP_USER;
	if (!has_ids(s->uid, s->gid))
		return step_result(-EPERM, STEP_USER);
	r = take_capabilities(&t->status, s->uid == 0);
	(void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	if (r < 0)
		return step_result(r, STEP_CAPABILITIES);
	return s->uid == 0 || is_root_left(s->uid, s->gid) ? STEP_DONE
							   : step_result(-EPERM, STEP_ROOT_LEFT);
}

enum door_step door_become(const struct actor *a)
{
	const struct subject *s = a->subject;
	struct traits t = {.cwd = -1, .root = -1, .mount_ns = -1, .network_ns = -1};
	enum door_step step = open_traits(s, &t);

	if (step == STEP_DONE)
		step = enter_place(s, &t);
	if (step != STEP_DONE)
		return step;
	if (a->at_top && chdir("/") < 0)
		return STEP_ENTER_CWD;
	take_limits(&t.limits, a->limits);
	if (a->account)
		return become_account(a->account);
	if (geteuid() == 0)
		return become_as_root(s, &t);
	/* We are not root: then we must be that user already. */
	return s->uid == geteuid() && s->uid == getuid() ? STEP_DONE
							 : step_result(-EPERM, STEP_USER);
}
