/* Looks at a running master through /proc. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nginx/flavour.h"
#include "nginx/master.h"
#include "nginx/title.h"
#include "os/file_id.h"
#include "os/process.h"
#include "os/procfs.h"
#include "os/rooted.h"
#include "trust/path.h"
#include "trust/subject.h"

static enum master_found after_error(int error)
{
	if (error == -ESRCH)
		return MASTER_GONE;
	return error == -EACCES || error == -EPERM ? MASTER_NO_PERMISSION : MASTER_UNREADABLE;
}

/* r, why: of subject_look(). */
static enum master_found after_look(int r, const struct distrust *why)
{
	if (r == -EPERM && why->kind == DISTRUST_USER_MIXED)
		return MASTER_FORGED;
	if (r == -EPERM && why->kind == DISTRUST_NAMESPACE)
		return MASTER_CONTAINER;
	if (r == -EPERM)
		return MASTER_IMAGE;
	return r < 0 ? after_error(r) : MASTER_OK;
}

/* Whether nginx serves with these arguments. With some it does something else: -t, -s stop, -V. */
static bool is_started_to_serve(const char *arguments, size_t length)
{
	const char *end = arguments + length;
	const char *p = arguments + strlen(arguments) + 1;

	for (; p < end; p += strlen(p) + 1) {
		if (p[0] == '-' && p[1] && strchr("tTsvVh?mMl", p[1]))
			return false;
		/* The value of -c, -p, -g, -e is the next argument, or follows the letter. */
		if (p[0] == '-' && p[1] && strchr("cpge", p[1]) && !p[2])
			p += strlen(p) + 1;
	}
	return true;
}

/*
 * Whether this process belongs to that user and executes an nginx that is going to be a master. Its
 * command line has n bytes. 1; 0, also if it has gone or we may not look at it; or -errno: the look
 * failed.
 */
static int starts_by(pid_t pid, uid_t uid, const char *cmdline, ssize_t n)
{
	char image[PATH_MAX];

	if (title_classify(cmdline) != TITLE_OTHER || !is_started_to_serve(cmdline, (size_t)n))
		return 0;
	n = procfs_link(pid, "exe", image, sizeof(image));
	if (n <= 0)
		return procfs_unless_gone(n);
	return flavour_is_executable_name(image) ? procfs_unless_gone(subject_is_user(pid, uid))
						 : 0;
}

static int starts(pid_t pid, uid_t uid)
{
	char cmdline[TITLE_MAX];
	ssize_t n = title_read(pid, cmdline, sizeof(cmdline));

	return n <= 0 ? procfs_unless_gone(n) : starts_by(pid, uid, cmdline, n);
}

int master_is_titled_or_starts(pid_t pid, uid_t uid, bool *ret_starts)
{
	char cmdline[TITLE_MAX];
	ssize_t n = title_read(pid, cmdline, sizeof(cmdline));
	int r;

	if (n <= 0)
		return procfs_unless_gone_public(n);
	if (title_classify(cmdline) == TITLE_MASTER)
		return 1;
	r = *ret_starts ? 0 : starts_by(pid, uid, cmdline, n);
	if (r > 0)
		*ret_starts = true;
	return r < 0 ? r : 0;
}

int master_is_titled(pid_t pid)
{
	char cmdline[TITLE_MAX];
	ssize_t n = title_read(pid, cmdline, sizeof(cmdline));

	return n < 0 ? procfs_unless_gone_public(n)
		     : n > 0 && title_classify(cmdline) == TITLE_MASTER;
}

bool master_titled(pid_t pid)
{
	return master_is_titled(pid) == 1;
}

static int look_at_process(struct master *m)
{
	pid_t pid = m->subject.process.pid;
	struct proc_signals signals;
	struct proc_stat stat;
	ssize_t n;
	int r = procfs_signals(pid, &signals);

	if (!r)
		r = procfs_stat(pid, &stat);
	if (r < 0)
		return r;
	m->parent = stat.parent;
	m->ignores_usr2 = (signals.ignored & SIGNAL_BIT(SIGUSR2)) != 0;
	m->parent_is_starter = stat.parent > 1 && getsid(stat.parent) == getsid(pid);
	n = procfs_link(pid, "cwd", m->cwd, sizeof(m->cwd));
	return n < 0 ? (int)n : 0;
}

/* It has no title of a master: another process, or a master that has just been started. */
static enum master_found without_title(pid_t pid, const struct believed *b, struct master *ret,
				       struct distrust *why)
{
	int r = subject_look(pid, b, &ret->subject, why);
	enum master_found found = after_look(r, why);

	if (found == MASTER_OK) {
		r = starts(pid, ret->subject.uid);
		/* It may have set its title since the title was read. */
		if (!r)
			r = master_is_titled(pid);
		found = r > 0 ? MASTER_STARTING : r < 0 ? MASTER_UNREADABLE : MASTER_OTHER;
		if (r < 0)
			why->error = -r;
		subject_close(&ret->subject);
	} else if (found == MASTER_UNREADABLE && why->error == EBADMSG) {
		found = MASTER_OTHER; /* a thread of the kernel has no auxiliary vector */
	}
	return found == MASTER_GONE || found == MASTER_STARTING || found == MASTER_UNREADABLE
		       ? found
		       : MASTER_OTHER;
}

enum master_found master_look(pid_t pid, const struct believed *b, struct master *ret,
			      struct distrust *why)
{
	char title[TITLE_MAX];
	enum master_found found;
	ssize_t n;
	int r;

	memset(ret, 0, sizeof(*ret));
	memset(why, 0, sizeof(*why));
	ret->subject = subject_none();
	n = title_read(pid, title, sizeof(title));
	if (n < 0) {
		why->error = -(int)n;
		return after_error((int)n);
	}
	if (title_parse(title, &ret->arguments) < 0) {
		memcpy(ret->arguments.buf, title, strlen(title) + 1);
		return without_title(pid, b, ret, why);
	}
	r = subject_look(pid, b, &ret->subject, why);
	found = after_look(r, why);
	if (found != MASTER_OK)
		return found;
	ret->arguments.cut = title_is_cut(pid, &ret->arguments);
	r = look_at_process(ret);
	if (!r && !process_alive(&ret->subject.process))
		r = -ESRCH;
	if (r < 0) {
		master_close(ret);
		why->error = -r;
		return after_error(r);
	}
	return MASTER_OK;
}

void master_close(struct master *m)
{
	subject_close(&m->subject);
}

const char *master_own_path(const struct master *m, const char *path)
{
	size_t length = strlen(m->subject.root);

	return strncmp(path, m->subject.root, length) == 0 ? path + length : path;
}

const char *master_root_of(const struct master *m, const char *path)
{
	return strncmp(path, m->subject.root, strlen(m->subject.root)) == 0 ? m->subject.root : "";
}

/* 1: the same file; 0: not; -ENOENT: neither path leads to a file. */
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
	size_t length = strlen(m->subject.root);
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

int master_binary_name(const struct master *m, char ret[PATH_MAX])
{
	if (!strchr(m->arguments.argv0, '/'))
		return -ENOENT;
	return path_join(m->cwd, m->arguments.argv0, ret);
}

int master_binary(const struct master *m, char ret[PATH_MAX])
{
	char path[PATH_MAX];
	int r = master_binary_name(m, path);

	return r < 0 ? r : rooted_path(m->subject.root, path, ret);
}
