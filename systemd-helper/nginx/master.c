/* Looks at a running master through /proc. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/master.h"
#include "os/procfs.h"
#include "os/rooted.h"

/* Whether a namespace link or folder of the process is another one than ours. */
static bool differs_from_ours(pid_t pid, const char *name)
{
	char path[PATH_MAX];
	char own[PATH_MAX];
	struct stat theirs;
	struct stat ours;

	if (stat(procfs_path(path, pid, name), &theirs) < 0)
		return false;
	(void)snprintf(own, sizeof(own), "%s/self/%s", procfs_root, name);
	if (stat(own, &ours) < 0)
		return false;
	return theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino;
}

/* The number of the first mount that a process sees; -1 when that cannot be told. */
static int first_mount(const char *process)
{
	char path[PATH_MAX];
	int number = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s/mountinfo", procfs_root, process);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%d", &number) != 1)
		number = -1;
	(void)fclose(f);
	return number;
}

/*
 * Linux before 3.8 does not show mount namespaces by name. But a mount that is in several of them
 * has a number of its own in each.
 */
static bool in_other_mounts(pid_t pid)
{
	char path[PATH_MAX];
	char process[16];
	struct stat st;
	int theirs;
	int ours;

	if (stat(procfs_path(path, pid, "ns/mnt"), &st) == 0 || errno != ENOENT)
		return differs_from_ours(pid, "ns/mnt");
	(void)snprintf(process, sizeof(process), "%d", (int)pid);
	theirs = first_mount(process);
	ours = first_mount("self");
	return theirs >= 0 && ours >= 0 && theirs != ours;
}

static enum master_fault fault_of(int error)
{
	if (error == -ESRCH)
		return MASTER_GONE;
	return error == -EACCES || error == -EPERM ? MASTER_NO_PERMISSION : MASTER_UNREADABLE;
}

static int look_at_process(struct master *m)
{
	pid_t pid = m->process.pid;
	struct proc_signals signals;
	struct proc_stat stat;
	int r = procfs_signals(pid, &signals);

	if (r < 0)
		return r;
	r = procfs_stat(pid, &stat);
	if (r < 0)
		return r;
	m->uid = signals.uid;
	m->gid = signals.gid;
	m->parent = stat.parent;
	m->ignores_usr2 = (signals.ignored & SIGNAL_BIT(SIGUSR2)) != 0;
	m->parent_is_starter = stat.parent > 1 && getsid(stat.parent) == getsid(pid);
	m->other_pid_namespace =
		signals.pid_namespace_depth > 1 && differs_from_ours(pid, "ns/pid");
	m->other_root = in_other_mounts(pid) || differs_from_ours(pid, "root");
	return 0;
}

static int look_at_files(struct master *m)
{
	pid_t pid = m->process.pid;
	char path[PATH_MAX];
	ssize_t n = procfs_link(pid, "cwd", m->cwd, sizeof(m->cwd));

	if (n < 0)
		return (int)n;
	m->root[0] = '\0';
	if (m->other_root) {
		/* By descriptor: /proc/PID/root would go with the master. */
		m->root_fd =
			open(procfs_path(path, pid, "root"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (m->root_fd < 0)
			return errno == ENOENT ? -ESRCH : -errno;
		(void)snprintf(m->root, sizeof(m->root), "%s/self/fd/%d", procfs_root, m->root_fd);
	}
	m->image = open(procfs_path(path, pid, "exe"), O_RDONLY | O_CLOEXEC);
	if (m->image < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return file_id_of_fd(m->image, &m->image_id);
}

enum master_fault master_look(pid_t pid, struct master *ret)
{
	char title[TITLE_MAX];
	ssize_t n;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->process.pidfd = -1;
	ret->image = -1;
	ret->root_fd = -1;
	r = process_open(pid, &ret->process);
	if (r < 0)
		return fault_of(r);
	n = procfs_read(pid, "cmdline", title, sizeof(title));
	if (n < 0 || title_parse(title, &ret->arguments) < 0) {
		memcpy(ret->arguments.buf, title, n < 0 ? 0 : strlen(title) + 1);
		process_close(&ret->process);
		return n < 0 ? fault_of((int)n) : MASTER_OTHER;
	}
	r = look_at_process(ret);
	if (!r)
		r = look_at_files(ret);
	if (!r && !process_alive(&ret->process))
		r = -ESRCH;
	if (r < 0) {
		master_close(ret);
		return fault_of(r);
	}
	return MASTER_OK;
}

void master_close(struct master *m)
{
	process_close(&m->process);
	if (m->image >= 0)
		(void)close(m->image);
	m->image = -1;
	if (m->root_fd >= 0)
		(void)close(m->root_fd);
	m->root_fd = -1;
}

bool master_runs(pid_t pid)
{
	struct master m;

	if (master_look(pid, &m) != MASTER_OK)
		return false;
	master_close(&m);
	return true;
}

bool master_unchanged(const struct process *p, const struct file_id *image_id)
{
	char title[TITLE_MAX];
	char path[PATH_MAX];
	struct file_id now;

	if (procfs_read(p->pid, "cmdline", title, sizeof(title)) < 0 ||
	    title_classify(title) != TITLE_MASTER)
		return false;
	if (file_id_of(procfs_path(path, p->pid, "exe"), &now) < 0)
		return false;
	return file_id_equal(&now, image_id) && process_alive(p);
}

struct surroundings master_surroundings(const struct master *m)
{
	struct surroundings as = {m->process.pid, m->other_root, m->uid, m->gid};

	return as;
}

const char *master_own_path(const struct master *m, const char *path)
{
	size_t length = strlen(m->root);

	return strncmp(path, m->root, length) == 0 ? path + length : path;
}

const char *master_root_of(const struct master *m, const char *path)
{
	return strncmp(path, m->root, strlen(m->root)) == 0 ? m->root : "";
}

/* 1: one file, 0: not, -ENOENT: there is none on either side. */
static int is_one_file(const char *a, const char *b)
{
	struct file_id first;
	struct file_id second;
	int r = file_id_of(a, &first);
	int q = file_id_of(b, &second);

	if (r == -ENOENT && q == -ENOENT)
		return -ENOENT;
	return r == 0 && q == 0 && file_id_equal(&first, &second);
}

bool master_our_view(const struct master *m, char path[PATH_MAX])
{
	size_t length = strlen(m->root);
	char *own = path + length;
	char *slash;
	int one;

	if (!length)
		return true;
	one = is_one_file(path, own);
	slash = strrchr(own, '/');
	if (one == -ENOENT && slash && slash > own) {
		*slash = '\0';
		one = is_one_file(path, own);
		*slash = '/';
	}
	if (one != 1)
		return false;
	memmove(path, own, strlen(own) + 1);
	return true;
}

int master_binary(const struct master *m, char ret[PATH_MAX])
{
	char path[PATH_MAX];
	int r;

	if (!strchr(m->arguments.argv0, '/'))
		return -ENOENT;
	r = path_join(m->cwd, m->arguments.argv0, path);
	if (r < 0)
		return r;
	return rooted_path(m->root, path, ret);
}
