/*
 * Reading /proc. Numbers are parsed strictly: a file that does not have the expected shape is
 * -EBADMSG, never a guess.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/procfs.h"

const char *procfs_root = "/proc";

const char *procfs_path(char buf[PATH_MAX], pid_t pid, const char *name)
{
	(void)snprintf(buf, PATH_MAX, "%s/%d/%s", procfs_root, (int)pid, name);
	return buf;
}

static int gone(int error)
{
	return error == ENOENT ? -ESRCH : -error;
}

ssize_t procfs_read(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];
	size_t have = 0;
	ssize_t n;
	int fd = open(procfs_path(path, pid, name), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return gone(errno);
	while (have < size - 1) {
		n = read(fd, buf + have, size - 1 - have);
		if (n < 0) {
			int error = errno;

			if (error == EINTR)
				continue;
			(void)close(fd);
			return gone(error);
		}
		if (n == 0)
			break;
		have += (size_t)n;
	}
	(void)close(fd);
	buf[have] = '\0';
	return (ssize_t)have;
}

ssize_t procfs_link(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];
	ssize_t n = readlink(procfs_path(path, pid, name), buf, size - 1);

	if (n < 0)
		return gone(errno);
	buf[n] = '\0';
	return n;
}

/* Field `want` counted from 3 (the state), behind the last ')': the name may hold anything. */
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

int procfs_stat(pid_t pid, struct proc_stat *ret)
{
	enum { STATE = 3, PARENT = 4, START_TIME = 22, START_STACK = 28 };
	char buf[1024];
	const char *rest;
	const char *start;
	const char *stack;
	ssize_t n = procfs_read(pid, "stat", buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	rest = strrchr(buf, ')');
	if (!rest || rest[1] != ' ' || !isalpha((unsigned char)rest[2]))
		return -EBADMSG;
	rest += 2;
	start = stat_field(rest, START_TIME);
	stack = stat_field(rest, START_STACK);
	if (!start || !stack)
		return -EBADMSG;
	ret->state = rest[0];
	ret->parent = (pid_t)strtol(rest + 2, NULL, 10);
	ret->start_ticks = strtoull(start, NULL, 10);
	ret->start_stack = strtoull(stack, NULL, 10);
	return 0;
}

static const char *status_value(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? p + strlen(key) : NULL;
}

static uint64_t status_mask(const char *text, const char *key)
{
	const char *p = status_value(text, key);

	return p ? strtoull(p, NULL, 16) : 0;
}

/* The effective id is the second of four. */
static unsigned long status_effective_id(const char *text, const char *key)
{
	char *end;
	const char *p = status_value(text, key);

	if (!p)
		return 0;
	(void)strtoul(p, &end, 10);
	return strtoul(end, NULL, 10);
}

static unsigned count_numbers(const char *p)
{
	unsigned n = 0;

	while (p && *p && *p != '\n') {
		if (isdigit((unsigned char)*p) && !isdigit((unsigned char)p[-1]))
			n++;
		p++;
	}
	return n;
}

int procfs_signals(pid_t pid, struct proc_signals *ret)
{
	char buf[PROC_STATUS_MAX];
	const char *state;
	ssize_t n = procfs_read(pid, "status", buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	state = status_value(buf, "\nState:\t");
	if (!state || !status_value(buf, "\nSigBlk:\t"))
		return -EBADMSG;
	ret->state = *state;
	ret->pending = status_mask(buf, "\nSigPnd:\t") | status_mask(buf, "\nShdPnd:\t");
	ret->blocked = status_mask(buf, "\nSigBlk:\t");
	ret->ignored = status_mask(buf, "\nSigIgn:\t");
	ret->uid = (uid_t)status_effective_id(buf, "\nUid:\t");
	ret->gid = (gid_t)status_effective_id(buf, "\nGid:\t");
	ret->pid_namespace_depth = count_numbers(status_value(buf, "\nNSpid:\t"));
	return 0;
}

int procfs_each(int (*fn)(pid_t pid, void *arg), void *arg)
{
	struct dirent *entry;
	int r = 0;
	DIR *dir = opendir(procfs_root);

	if (!dir)
		return -errno;
	while (!r && (entry = readdir(dir))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (pid > 0 && *end == '\0')
			r = fn((pid_t)pid, arg);
	}
	(void)closedir(dir);
	return r;
}

bool procfs_is_process(pid_t pid)
{
	char buf[PROC_STATUS_MAX];
	const char *tgid;

	if (procfs_read(pid, "status", buf, sizeof(buf)) < 0)
		return false;
	tgid = status_value(buf, "\nTgid:\t");
	return tgid && strtol(tgid, NULL, 10) == pid;
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
