/* Reads /proc. Parses strictly: a file that does not have the expected form is -EBADMSG. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/file_id.h"
#include "os/identity.h"
#include "os/process.h"
#include "os/procfs.h"

#define THE_ROOT "/proc"

const char *procfs_root = THE_ROOT;

const char *procfs_path(char buf[PATH_MAX], pid_t pid, const char *name)
{
	(void)snprintf(buf, PATH_MAX, "%s/%d/%s", procfs_root, (int)pid, name);
	return buf;
}

/* 1: /proc has a folder for this process; 0: not; -errno. Asked as root, because of hidepid=. */
static int is_shown(pid_t pid)
{
	char path[PATH_MAX];
	int r;

	(void)snprintf(path, sizeof(path), "%s/%d", procfs_root, (int)pid);
	identity_lift();
	r = access(path, F_OK) < 0 ? -errno : 1;
	identity_lower();
	return r == -ENOENT ? 0 : r;
}

/*
 * The result for an error of the kernel. A missing file means that the process is gone or has no
 * such file (-ESRCH), unless its whole folder is missing while the process exists: then /proc is
 * not mounted, or hides the process.
 */
static int gone(pid_t pid, int error)
{
	int shown;

	if (error != ENOENT)
		return -error;
	if (strcmp(procfs_root, THE_ROOT) != 0)
		return -ESRCH;
	shown = is_shown(pid);
	if (shown < 0)
		return shown;
	return shown ? -ESRCH : process_not_shown(pid);
}

int procfs_unless_gone(ssize_t r)
{
	return r == -ESRCH || r == -EACCES || r == -EPERM ? 0 : (int)r;
}

int procfs_unless_gone_public(ssize_t r)
{
	bool root = geteuid() == 0 || identity_became();

	return root && (r == -EACCES || r == -EPERM) ? (int)r : procfs_unless_gone(r);
}

/* Whether to try again as root. A folder that hidepid= hides looks as if it were not there. */
static bool refused(ssize_t r)
{
	return identity_became() && (r == -EACCES || r == -EPERM || r == -ENOENT || r == -ESRCH);
}

/* How a file is read: to its end; or in one record, see procfs_read_record() and
 * procfs_read_status(). */
enum reading { TO_THE_END, RECORD, STATUS };

/*
 * Removes the line "Groups:" as far as it has been read. `length` bytes of text are there, the last
 * `fresh` of them new. *within: this line goes on in what is read next. Returns the new length.
 */
static size_t drop_groups(char *text, size_t length, size_t fresh, bool *within)
{
	char *line = *within ? text + length - fresh : strstr(text, "\nGroups:");
	char *end;

	if (!line)
		return length;
	line += !*within; /* the line feed before it stays */
	end = strchr(line, '\n');
	*within = !end;
	end = end ? end + 1 : text + length;
	memmove(line, end, (size_t)(text + length - end) + 1);
	return length - (size_t)(end - line);
}

static ssize_t read_path(const char *path, char *buf, size_t size, enum reading how)
{
	bool within = false;
	size_t have = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (have < size - 1) {
		size_t room = size - 1 - have;

		n = read(fd, buf + have, room);
		if (n < 0) {
			int error = errno;

			if (error == EINTR)
				continue;
			(void)close(fd);
			return -error;
		}
		if (n == 0)
			break;
		have += (size_t)n;
		buf[have] = '\0';
		if (how == STATUS)
			have = drop_groups(buf, have, (size_t)n, &within);
		if (how == RECORD || (how == STATUS && (size_t)n < room))
			break;
	}
	(void)close(fd);
	buf[have] = '\0';
	return (ssize_t)have;
}

static ssize_t read_pid_file(pid_t pid, const char *name, char *buf, size_t size, enum reading how)
{
	char path[PATH_MAX];
	ssize_t r = read_path(procfs_path(path, pid, name), buf, size, how);

	if (refused(r)) {
		identity_lift();
		r = read_path(path, buf, size, how);
		identity_lower();
	}
	return r < 0 ? gone(pid, (int)-r) : r;
}

ssize_t procfs_read(pid_t pid, const char *name, char *buf, size_t size)
{
	return read_pid_file(pid, name, buf, size, TO_THE_END);
}

ssize_t procfs_read_record(pid_t pid, const char *name, char *buf, size_t size)
{
	return read_pid_file(pid, name, buf, size, RECORD);
}

ssize_t procfs_read_status(pid_t pid, char *buf, size_t size)
{
	return read_pid_file(pid, "status", buf, size, STATUS);
}

static ssize_t read_link(const char *path, char *buf, size_t size)
{
	ssize_t n = readlink(path, buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return n;
}

ssize_t procfs_link(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];
	ssize_t r = read_link(procfs_path(path, pid, name), buf, size);

	if (refused(r)) {
		identity_lift();
		r = read_link(path, buf, size);
		identity_lower();
	}
	return r < 0 ? gone(pid, (int)-r) : r;
}

bool procfs_cut_deleted(char *path)
{
	size_t length = strlen(path);
	size_t cut = sizeof(PROCFS_DELETED) - 1;

	if (length <= cut || strcmp(path + length - cut, PROCFS_DELETED) != 0)
		return false;
	path[length - cut] = '\0';
	return true;
}

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int procfs_open(pid_t pid, const char *name, int flags)
{
	char path[PATH_MAX];
	int r = open_file(procfs_path(path, pid, name), flags);

	if (refused(r)) {
		identity_lift();
		r = open_file(path, flags);
		identity_lower();
	}
	return r < 0 ? gone(pid, -r) : r;
}

int procfs_file_id(pid_t pid, const char *name, struct file_id *ret)
{
	char path[PATH_MAX];
	int r = file_id_of(procfs_path(path, pid, name), ret);

	if (refused(r)) {
		identity_lift();
		r = file_id_of(path, ret);
		identity_lower();
	}
	return r < 0 ? gone(pid, -r) : 0;
}

/*
 * Field `want` of /proc/PID/stat, numbered as in proc(5). after_name: field 3, the state, after the
 * last ")", because the name before it can contain anything.
 */
static const char *stat_field(const char *after_name, unsigned want)
{
	const char *p = after_name;
	unsigned field;

	for (field = 3; field < want; field++) {
		p = strchr(p, ' ');
		if (!p)
			return NULL;
		p++;
	}
	return p;
}

static int parse_stat(const char *text, struct proc_stat *ret)
{
	enum { SESSION = 6, START_TIME = 22, START_STACK = 28 };
	const char *rest = strrchr(text, ')');
	const char *session;
	const char *start;
	const char *stack;

	if (!rest || rest[1] != ' ' || !isalpha((unsigned char)rest[2]))
		return -EBADMSG;
	rest += 2;
	session = stat_field(rest, SESSION);
	start = stat_field(rest, START_TIME);
	stack = stat_field(rest, START_STACK);
	if (!session || !start || !stack)
		return -EBADMSG;
	ret->state = rest[0];
	ret->parent = (pid_t)strtol(rest + 2, NULL, 10);
	ret->session = (pid_t)strtol(session, NULL, 10);
	ret->start_ticks = strtoull(start, NULL, 10);
	ret->start_stack = strtoull(stack, NULL, 10);
	return 0;
}

int procfs_stat(pid_t pid, struct proc_stat *ret)
{
	char buf[1024];
	ssize_t n = procfs_read_record(pid, "stat", buf, sizeof(buf));
	int r = n < 0 ? (int)n : parse_stat(buf, ret);

	/* If we may not trace the process, the kernel shows 0 for the address. */
	if (r == 0 && ret->start_stack == 0 && identity_became()) {
		identity_lift();
		n = procfs_read_record(pid, "stat", buf, sizeof(buf));
		r = n < 0 ? (int)n : parse_stat(buf, ret);
		identity_lower();
	}
	return r;
}

int procfs_environment(pid_t pid, uint64_t *ret_begin, uint64_t *ret_end)
{
	enum { BEGIN = 50, END = 51 };
	char buf[1024];
	ssize_t n = procfs_read_record(pid, "stat", buf, sizeof(buf));
	const char *rest = n < 0 ? NULL : strrchr(buf, ')');
	const char *begin = rest && rest[1] == ' ' ? stat_field(rest + 2, BEGIN) : NULL;
	const char *end = begin ? stat_field(rest + 2, END) : NULL;

	if (n < 0)
		return (int)n;
	*ret_begin = begin ? strtoull(begin, NULL, 10) : 0;
	*ret_end = end ? strtoull(end, NULL, 10) : 0;
	return *ret_begin && *ret_end ? 0 : -ENODATA;
}

/* hidepid= hides entries when the folder is read, not when it is opened. */
static struct dirent *next_entry(DIR *dir)
{
	struct dirent *entry;

	identity_lift();
	errno = 0;
	entry = readdir(dir);
	identity_lower();
	return entry;
}

int procfs_each(int (*fn)(pid_t pid, void *arg), void *arg)
{
	struct dirent *entry;
	bool any = false;
	int r = 0;
	DIR *dir = opendir(procfs_root);

	if (!dir)
		return -errno;
	while ((entry = next_entry(dir))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (pid > 0 && *end == '\0') {
			any = true;
			r = fn((pid_t)pid, arg);
			if (r)
				break;
		}
	}
	if (!entry && errno)
		r = -errno;
	(void)closedir(dir);
	/* There must be one at least: ourselves. */
	return !r && !any ? -ENODATA : r;
}

int procfs_check(void)
{
	char path[PATH_MAX];
	char self[32];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/self", procfs_root);
	n = readlink(path, self, sizeof(self) - 1);
	if (n < 0)
		return errno == ENOENT ? -ENODATA : -errno;
	self[n] = '\0';
	if (strtol(self, NULL, 10) != getpid())
		return -EXDEV;
	return geteuid() == 0 && is_shown(1) == 0 ? -EACCES : 0;
}

int procfs_is_process(pid_t pid)
{
	char buf[PROC_STATUS_SHORT];
	ssize_t n = procfs_read_status(pid, buf, sizeof(buf));
	const char *tgid;

	if (n < 0)
		return n == -ESRCH ? 0 : (int)n;
	tgid = strstr(buf, "\nTgid:\t");
	return tgid && strtol(tgid + strlen("\nTgid:\t"), NULL, 10) == pid;
}

pid_t procfs_last_pid(void)
{
	char path[PATH_MAX];
	char line[128];
	const char *last;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/loadavg", procfs_root);
	f = fopen(path, "re");
	if (!f)
		return 0;
	last = fgets(line, sizeof(line), f) ? strrchr(line, ' ') : NULL;
	(void)fclose(f);
	return last ? (pid_t)strtol(last, NULL, 10) : 0;
}
