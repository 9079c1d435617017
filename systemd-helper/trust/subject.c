/*
 * Vets a process by what the kernel vouches for. An attacker can give his process any title, parent
 * and executable, but not all four user ids of another user, and not another user's exec: the
 * kernel writes AT_UID of the auxiliary vector, and there a set-uid program shows the user that
 * started it, whatever it does later.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file_id.h"
#include "os/identity.h"
#include "os/limits.h"
#include "os/process.h"
#include "os/procfs.h"
#include "trust/path.h"
#include "trust/subject.h"

/* NS_GET_OWNER_UID of linux/nsfs.h, which older headers do not have. */
#define NS_OWNER_UID _IO(0xb7, 0x4)

/* Makes -EPERM free for "not trusted", and notes the error for people. */
static int look_failed(int error, struct distrust *why)
{
	why->kind = DISTRUST_ERROR;
	why->error = -error;
	if (error == -ENOENT)
		return -ESRCH;
	return error == -EPERM ? -EACCES : error;
}

static int distrusted(enum distrust_kind kind, struct distrust *why)
{
	why->kind = kind;
	return -EPERM;
}

/* 1: another one than ours; 0: ours, or the kernel has no such thing (before 3.8); -errno. */
static int differs_from_ours(pid_t pid, const char *name)
{
	struct file_id theirs;
	struct file_id ours;
	int r = procfs_file_id(pid, name, &theirs);

	if (!r)
		r = procfs_file_id(getpid(), name, &ours);
	else if (r == -ESRCH && procfs_file_id(getpid(), name, &ours) == -ESRCH)
		return 0;
	return r < 0 ? r : !file_id_equal(&theirs, &ours);
}

/*
 * A user namespace that root created (systemd: PrivateUsers=) gives nobody rights that root did not
 * mean to give. Its owner can be read from Linux 4.11 on: ioctl_ns(2).
 */
static bool made_by_root(pid_t pid)
{
	uid_t owner = NO_USER;
	int fd = procfs_open(pid, "ns/user", O_RDONLY);
	bool made = fd >= 0 && ioctl(fd, NS_OWNER_UID, &owner) == 0 && owner == 0;

	if (fd >= 0)
		(void)close(fd);
	return made;
}

static int look_at_namespaces(pid_t pid, struct distrust *why)
{
	int r = differs_from_ours(pid, "ns/pid");

	if (r > 0)
		return distrusted(DISTRUST_NAMESPACE, why);
	if (!r) {
		r = differs_from_ours(pid, "ns/user");
		if (r > 0)
			return made_by_root(pid) ? 0 : distrusted(DISTRUST_NAMESPACE, why);
	}
	return r < 0 ? look_failed(r, why) : 0;
}

static bool one_id(const unsigned ids[ID_COUNT])
{
	return ids[ID_REAL] == ids[ID_EFFECTIVE] && ids[ID_EFFECTIVE] == ids[ID_SAVED] &&
	       ids[ID_SAVED] == ids[ID_FILES];
}

static int look_at_user(pid_t pid, struct subject *s, struct distrust *why)
{
	struct proc_status status;
	uid_t uid;
	uid_t euid;
	int r = procfs_status(pid, &status);

	if (r < 0)
		return look_failed(r, why);
	s->uid = status.uids[ID_EFFECTIVE];
	s->gid = status.gids[ID_EFFECTIVE];
	if (!one_id(status.uids))
		return distrusted(DISTRUST_USER_MIXED, why);
	if (s->uid != 0)
		return 0;
	r = procfs_auxv_ids(pid, &uid, &euid);
	if (r < 0)
		return look_failed(r, why);
	return uid == 0 && euid == 0 ? 0 : distrusted(DISTRUST_USER_MIXED, why);
}

static int look_at_image(pid_t pid, const struct believed *b, struct subject *s,
			 struct distrust *why)
{
	struct believed its = {s->uid, b->also, b->also_group};
	ssize_t n = procfs_link(pid, "exe", s->image_path, sizeof(s->image_path));
	int r;

	if (n < 0)
		return look_failed((int)n, why);
	s->image = procfs_open(pid, "exe", O_RDONLY);
	if (s->image < 0)
		return look_failed(s->image, why);
	r = file_id_of_fd(s->image, &s->image_id);
	if (r < 0)
		return look_failed(r, why);
	if (trusted_fd(&its, s->image, s->image_path, why) == 0)
		return 0;
	return why->kind == DISTRUST_ERROR ? look_failed(-why->error, why) : -EPERM;
}

/* The id of the first mount that a process sees; 0: it sees none; -errno. */
static int first_mount(pid_t pid)
{
	char buf[64];
	ssize_t n = procfs_read(pid, "mountinfo", buf, sizeof(buf));

	return n > 0 ? atoi(buf) : (int)n;
}

/*
 * Whether a process is in another mount namespace. Linux before 3.8 has no ns/mnt, but the id of a
 * mount differs between namespaces.
 */
static int in_other_mounts(pid_t pid)
{
	struct file_id id;
	int theirs;
	int ours = procfs_file_id(getpid(), "ns/mnt", &id);

	if (ours != -ESRCH)
		return ours < 0 ? ours : differs_from_ours(pid, "ns/mnt");
	theirs = first_mount(pid);
	if (theirs < 0)
		return theirs;
	ours = first_mount(getpid());
	return ours < 0 ? ours : theirs != ours;
}

/* Opens its root folder, because /proc/PID/root is gone when the process is. */
static int look_at_root(pid_t pid, struct subject *s, struct distrust *why)
{
	int mounts = in_other_mounts(pid);
	int root = mounts < 0 ? mounts : differs_from_ours(pid, "root");

	if (root < 0)
		return look_failed(root, why);
	s->other_root = mounts || root;
	if (!s->other_root)
		return 0;
	s->root_fd = procfs_open(pid, "root", O_RDONLY | O_DIRECTORY);
	if (s->root_fd < 0)
		return look_failed(s->root_fd, why);
	(void)snprintf(s->root, sizeof(s->root), "%s/self/fd/%d", procfs_root, s->root_fd);
	return 0;
}

struct subject subject_none(void)
{
	struct subject s;

	memset(&s, 0, sizeof(s));
	s.uid = NO_USER;
	s.process.pidfd = -1;
	s.image = -1;
	s.root_fd = -1;
	return s;
}

int subject_look(pid_t pid, const struct believed *b, struct subject *ret, struct distrust *why)
{
	int r;

	*ret = subject_none();
	memset(why, 0, sizeof(*why));
	r = process_open(pid, &ret->process);
	if (r < 0)
		return look_failed(r, why);
	r = look_at_user(pid, ret, why);
	if (!r)
		r = look_at_namespaces(pid, why);
	if (!r)
		r = look_at_image(pid, b, ret, why);
	if (!r)
		r = look_at_root(pid, ret, why);
	/* All this was about the same process only if it still exists. */
	if (!process_alive(&ret->process))
		r = -ESRCH;
	if (r < 0)
		subject_close(ret);
	return r;
}

void subject_close(struct subject *s)
{
	process_close(&s->process);
	if (s->image >= 0)
		(void)close(s->image);
	s->image = -1;
	if (s->root_fd >= 0)
		(void)close(s->root_fd);
	s->root_fd = -1;
}

int subject_is_user(pid_t pid, uid_t uid)
{
	struct subject s = subject_none();
	struct distrust why;
	int r = look_at_user(pid, &s, &why);

	if (!r && s.uid != uid)
		return 0;
	if (!r)
		r = look_at_namespaces(pid, &why);
	if (r == -EPERM)
		return 0;
	/* A zombie, and a process in the middle of an exec, has empty files in /proc (EBADMSG). */
	if (r == -EBADMSG)
		return -ESRCH;
	return r < 0 ? -why.error : 1;
}

bool subject_has_user(pid_t pid, uid_t uid)
{
	return subject_is_user(pid, uid) == 1;
}

int subject_was_executed_by(pid_t pid, uid_t uid)
{
	uid_t real;
	uid_t effective;
	int r = procfs_auxv_ids(pid, &real, &effective);

	return r < 0 ? r : real == uid && effective == uid;
}

int subject_is_here(pid_t pid)
{
	struct distrust why;
	int r = look_at_namespaces(pid, &why);

	if (r == -EPERM)
		return 0;
	return r < 0 ? -why.error : 1;
}

int subject_same(const struct subject *s)
{
	pid_t pid = s->process.pid;
	struct file_id image_id;
	int r;

	if (pid <= 0)
		return -ESRCH;
	r = procfs_file_id(pid, "exe", &image_id);
	if (!r && !file_id_equal(&image_id, &s->image_id))
		return -ESRCH;
	if (!r)
		r = subject_is_user(pid, s->uid);
	if (r < 0)
		return r;
	return r && process_alive(&s->process) ? 0 : -ESRCH;
}

int subject_signal(const struct subject *s, int sig)
{
	int r = subject_same(s);

	return r < 0 ? r : process_signal(&s->process, sig);
}

int subject_limit(const struct subject *s, int resource, const struct limit *to)
{
	int r = subject_same(s);

	if (r < 0)
		return r;
	r = limits_set(s->process.pid, resource, to);
	/*
	 * Only root can raise a hard limit. The user is tried first, because root without
	 * CAP_SYS_RESOURCE can do less than the user.
	 */
	if (r == -EPERM && identity_became()) {
		identity_lift();
		r = limits_set(s->process.pid, resource, to);
		identity_lower();
	}
	return r;
}

int subject_signal_member(const struct subject *master, const struct process *member, int sig)
{
	struct proc_stat stat;
	struct file_id image_id;
	bool lives = process_alive(&master->process);
	int r = procfs_stat(member->pid, &stat);

	if (r < 0)
		return r;
	if (lives)
		return stat.parent == master->process.pid ? process_signal(member, sig) : -ESRCH;
	r = procfs_file_id(member->pid, "exe", &image_id);
	if (!r && !file_id_equal(&image_id, &master->image_id))
		r = -ESRCH;
	return r < 0 ? r : process_signal(member, sig);
}

bool subject_executes(const struct subject *s, const char *path, const char *own)
{
	size_t length = strlen(own);
	struct file_id id;

	if (file_id_of(path, &id) == 0 && file_id_equal(&id, &s->image_id))
		return true;
	return strncmp(s->image_path, own, length) == 0 &&
	       strcmp(s->image_path + length, PROCFS_DELETED) == 0;
}
