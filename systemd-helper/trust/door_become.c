/*
 * In a child: becomes what a vetted process is. All of that process that is needed is opened and
 * read first, and then it is looked whether it still is the same one; from there on only
 * descriptors and numbers are used, and nothing of it can change under us. What cannot be had is a
 * failure, not something to go without: a program is never executed with more rights than that
 * process has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/compat.h"
#include "os/procfs.h"
#include "trust/door_private.h"

/* Newer than the headers of glibc 2.12; where the kernel does not know them it says EINVAL. */
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

enum { GROUPS = PROC_STATUS_MAX / 2, LIMITS = 16, CAPABILITIES = 64 };

struct taken {
	int cwd;
	int root;
	int mount_ns; /* -1: it is ours */
	int network_ns;
	struct proc_status status;
	gid_t *groups;
	size_t group_count;
	uint64_t soft[LIMITS];
	uint64_t hard[LIMITS];
	bool has_limit[LIMITS];
};

/* "Max open files            1024                 4096                 files": the lines are in the
 * order of the numbers. Linux: lnames[] in fs/proc/base.c. */
static uint64_t limit_value(const char **p)
{
	char *end;
	uint64_t value;

	*p += strspn(*p, " ");
	if (strncmp(*p, "unlimited", 9) == 0) {
		*p += 9;
		return ~0ull;
	}
	value = strtoull(*p, &end, 10);
	*p = end;
	return value;
}

static void limits_of_text(pid_t pid, struct taken *t)
{
	enum { NAME_WIDTH = 26 };
	char text[4096];
	const char *line;
	int i;

	if (procfs_read(pid, "limits", text, sizeof(text)) < 0)
		return;
	line = strchr(text, '\n');
	for (i = 0; line && i < LIMITS && strncmp(line, "\nMax ", 5) == 0; i++) {
		const char *p = line + 1 + NAME_WIDTH;

		if (strcspn(line + 1, "\n") <= NAME_WIDTH)
			return;
		t->soft[i] = limit_value(&p);
		t->hard[i] = limit_value(&p);
		t->has_limit[i] = true;
		line = strchr(line + 1, '\n');
	}
}

static void look_at_limits(pid_t pid, struct taken *t)
{
	int i;

	for (i = 0; i < LIMITS; i++) {
		int r = compat_prlimit(pid, i, &t->soft[i], &t->hard[i]);

		t->has_limit[i] = r == 0;
		if (r == -ENOSYS || r == -EPERM) {
			limits_of_text(pid, t);
			return;
		}
	}
}

/* A namespace that is not ours, to be entered; -1: it is, or the kernel shows none. -errno. */
static int look_at_namespace(pid_t pid, const char *name, int *ret)
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

/* Its folder need not be readable. */
static int open_folder(pid_t pid, const char *name)
{
	int fd = procfs_open(pid, name, O_RDONLY | O_DIRECTORY);

	return fd == -EACCES ? procfs_open(pid, name, O_PATH | O_DIRECTORY) : fd;
}

static int look_at_status(pid_t pid, struct taken *t)
{
	char text[PROC_STATUS_MAX];
	ssize_t n = procfs_read(pid, "status", text, sizeof(text));
	int r = n < 0 ? (int)n : proc_status_parse(text, &t->status);

	if (r < 0)
		return r;
	t->groups = malloc(GROUPS * sizeof(*t->groups));
	if (!t->groups)
		return -ENOMEM;
	n = proc_status_groups(text, t->groups, GROUPS);
	t->group_count = n < 0 ? 0 : (size_t)n;
	return n < 0 ? (int)n : 0;
}

static enum door_step failed(int r, enum door_step step)
{
	errno = -r;
	return r < 0 ? step : STEP_DONE;
}

static enum door_step look(const struct subject *s, struct taken *t)
{
	pid_t pid = s->process.pid;
	int r;

	t->cwd = open_folder(pid, "cwd");
	if (t->cwd < 0)
		return failed(t->cwd, STEP_CWD);
	t->root = open_folder(pid, "root");
	if (t->root < 0)
		return failed(t->root, STEP_ROOT);
	r = look_at_namespace(pid, "ns/net", &t->network_ns);
	if (r < 0)
		return failed(r, STEP_NETWORK_NAMESPACE);
	r = look_at_namespace(pid, "ns/mnt", &t->mount_ns);
	if (r < 0)
		return failed(r, STEP_MOUNT_NAMESPACE);
	r = look_at_status(pid, t);
	if (r < 0)
		return failed(r, STEP_LOOK);
	look_at_limits(pid, t);
	return failed(subject_same(s), STEP_SAME);
}

/*
 * The namespace of mounts last: it takes /proc away, and with it what was not opened. A namespace
 * of users is not entered: whom a user's own one makes root can trace what is executed there.
 */
static enum door_step go_there(const struct subject *s, const struct taken *t)
{
	int r = t->network_ns >= 0 ? compat_setns(t->network_ns, CLONE_NEWNET) : 0;

	if (r < 0)
		return failed(r, STEP_NETWORK_NAMESPACE);
	r = t->mount_ns >= 0 ? compat_setns(t->mount_ns, CLONE_NEWNS) : 0;
	if (r < 0)
		return failed(r, STEP_MOUNT_NAMESPACE);
	if ((s->other_root || t->mount_ns >= 0) && (fchdir(t->root) < 0 || chroot(".") < 0))
		return STEP_ROOT;
	/* Also where only the root is another: the folder that we came from would lead out of it.
	 */
	return fchdir(t->cwd) < 0 ? STEP_ENTER_CWD : STEP_DONE;
}

/* Who is not root cannot raise a limit; to have less is no gain for anybody. */
static void take_limits(const struct taken *t)
{
	int i;

	for (i = 0; i < LIMITS; i++) {
		struct rlimit limit;
		struct rlimit own;

		if (!t->has_limit[i])
			continue;
		limit.rlim_cur = t->soft[i] > RLIM_INFINITY ? RLIM_INFINITY : (rlim_t)t->soft[i];
		limit.rlim_max = t->hard[i] > RLIM_INFINITY ? RLIM_INFINITY : (rlim_t)t->hard[i];
		if (setrlimit((__rlimit_resource_t)i, &limit) == 0 ||
		    getrlimit((__rlimit_resource_t)i, &own) < 0)
			continue;
		if (limit.rlim_max > own.rlim_max)
			limit.rlim_max = own.rlim_max;
		if (limit.rlim_cur > limit.rlim_max)
			limit.rlim_cur = limit.rlim_max;
		(void)setrlimit((__rlimit_resource_t)i, &limit);
	}
}

/* What that process could not get back by any exec, neither can what we execute. */
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
 * Of the permitted ones only those that are ambient, too, come over an exec (capabilities(7)); the
 * others are for what follows here. None is effective: so a way back to root would be seen.
 */
static int take_capabilities(const struct proc_status *status, bool root)
{
	struct capabilities caps;
	unsigned long i;
	int r = compat_capget(&caps);

	if (r < 0)
		return r;
	/* What we do not have ourselves (a unit's CapabilityBoundingSet=) we cannot give. */
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

/* A call that said it was done need not have done it: the kernel is asked. */
static bool is_user(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3];

	return getresuid(&u[0], &u[1], &u[2]) == 0 && getresgid(&g[0], &g[1], &g[2]) == 0 &&
	       u[0] == uid && u[1] == uid && u[2] == uid && g[0] == gid && g[1] == gid &&
	       g[2] == gid;
}

static bool is_for_good(uid_t uid, gid_t gid)
{
	return setuid(0) < 0 && setresuid(0, 0, 0) < 0 && is_user(uid, gid);
}

/* Another than the process whose place it takes; nothing of what that may do is his. */
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
	return a->uid != 0 && is_for_good(a->uid, a->gid) ? STEP_DONE
							  : failed(-EPERM, STEP_ROOT_LEFT);
}

static enum door_step become_as_root(const struct subject *s, const struct taken *t)
{
	int r = drop_bounding(t->status.cap_bounding);

	if (r < 0)
		return failed(r, STEP_CAPABILITIES);
	(void)prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (setgroups(t->group_count, t->groups) < 0 || setresgid(s->gid, s->gid, s->gid) < 0)
		return STEP_GROUPS;
	if (setresuid(s->uid, s->uid, s->uid) < 0)
		return STEP_USER;
	if (!is_user(s->uid, s->gid))
		return failed(-EPERM, STEP_USER);
	r = take_capabilities(&t->status, s->uid == 0);
	(void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	if (r < 0)
		return failed(r, STEP_CAPABILITIES);
	return s->uid == 0 || is_for_good(s->uid, s->gid) ? STEP_DONE
							  : failed(-EPERM, STEP_ROOT_LEFT);
}

enum door_step door_become(const struct actor *a)
{
	const struct subject *s = a->subject;
	struct taken t = {.cwd = -1, .root = -1, .mount_ns = -1, .network_ns = -1};
	enum door_step step = look(s, &t);

	if (step == STEP_DONE)
		step = go_there(s, &t);
	if (step != STEP_DONE)
		return step;
	if (a->at_top && chdir("/") < 0)
		return STEP_ENTER_CWD;
	take_limits(&t);
	if (a->account)
		return become_account(a->account);
	if (geteuid() == 0)
		return become_as_root(s, &t);
	/* An ordinary caller is that user already, or cannot be. */
	return s->uid == geteuid() && s->uid == getuid() ? STEP_DONE : failed(-EPERM, STEP_USER);
}
