/* Vetting and reading of pid files. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/pid_file.h"

enum { PID_FILE_SIZE_MAX = 64 };

pid_t pid_file_parse(const char *text, size_t length)
{
	const char *end = text + length;
	long pid = 0;
	const char *p;

	for (p = text; p < end && *p >= '0' && *p <= '9'; p++) {
		if (pid > (INT_MAX - 9) / 10)
			return 0;
		pid = 10 * pid + (*p - '0');
	}
	for (; p < end; p++) {
		if (!strchr(" \t\r\n", *p) || *p == '\0')
			return 0;
	}
	return (pid_t)pid;
}

static enum pid_file_fault read_opened(int fd, pid_t *ret_pid)
{
	char buf[PID_FILE_SIZE_MAX + 1];
	struct stat st;
	ssize_t n;
	pid_t pid;

	if (fstat(fd, &st) < 0)
		return PID_FILE_UNREADABLE;
	if (!S_ISREG(st.st_mode))
		return PID_FILE_NOT_REGULAR;
	if (st.st_mode & S_IWOTH)
		return PID_FILE_WRITABLE;
	if (st.st_size > PID_FILE_SIZE_MAX)
		return PID_FILE_TOO_LARGE;
	n = read(fd, buf, sizeof(buf));
	if (n < 0)
		return PID_FILE_UNREADABLE;
	if (n == 0)
		return PID_FILE_IS_EMPTY;
	pid = pid_file_parse(buf, (size_t)n);
	if (pid <= 0)
		return PID_FILE_NO_NUMBER;
	*ret_pid = pid;
	return PID_FILE_OK;
}

enum pid_file_fault pid_file_read(const char *path, pid_t *ret_pid)
{
	enum pid_file_fault fault;
	/* O_NONBLOCK: a FIFO in its place must not hold us up. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return PID_FILE_IS_MISSING;
		return errno == ELOOP ? PID_FILE_IS_LINK : PID_FILE_UNREADABLE;
	}
	fault = read_opened(fd, ret_pid);
	(void)close(fd);
	return fault;
}

const char *pid_file_fault_text(enum pid_file_fault fault)
{
	switch (fault) {
	case PID_FILE_OK: return "is well";
	case PID_FILE_IS_MISSING: return "is missing";
	case PID_FILE_IS_EMPTY: return "is empty";
	case PID_FILE_IS_LINK: return "is a symbolic link";
	case PID_FILE_NOT_REGULAR: return "is not a regular file";
	case PID_FILE_TOO_LARGE: return "is too large to hold a pid";
	case PID_FILE_NO_NUMBER: return "does not hold a pid";
	case PID_FILE_WRITABLE: return "can be written by everybody, so that it cannot be trusted";
	default: return "cannot be read";
	}
}

int pid_file_write(const char *path, pid_t pid)
{
	char temporary[PATH_MAX];
	char text[16];
	int length = snprintf(text, sizeof(text), "%d\n", (int)pid);
	int r = 0;
	int fd;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = mkstemp(temporary);
	if (fd < 0)
		return -errno;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (fchmod(fd, 0644) < 0 || write(fd, text, (size_t)length) != length ||
	    rename(temporary, path) < 0) {
		r = errno ? -errno : -EIO;
		(void)unlink(temporary);
	}
	(void)close(fd);
	return r;
}
