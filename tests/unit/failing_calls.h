/*
 * Makes a chosen system call that reads files fail: the test's own open(), read() and so on replace
 * the C library's in the whole program.
 *
 *	n = calls_counted(fn)          how many such calls fn makes
 *	call_fails(number, errno)      the call of that number, counted from 0, fails from now on,
 *	once calls_as_ever()
 */
#ifndef FAILING_CALLS_H
#define FAILING_CALLS_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static struct {
	bool armed;
	unsigned count;      /* of calls since it was armed */
	unsigned which;      /* the call that fails */
	int error;           /* its errno; 0: none fails */
	bool failed;         /* it has failed */
	const char *call;    /* for people: the name of the call that failed, */
	char what[PATH_MAX]; /* and its path, or the last path that was opened */
} calls;

static inline void call_fails(unsigned number, int error)
{
	memset(&calls, 0, sizeof(calls));
	calls.which = number;
	calls.error = error;
	calls.armed = true;
}

static inline void calls_as_ever(void)
{
	calls.armed = false;
}

static inline bool fails_now(const char *call, const char *what)
{
	if (!calls.armed || calls.failed)
		return false;
	if (what)
		(void)snprintf(calls.what, sizeof(calls.what), "%s", what);
	if (calls.count++ != calls.which || !calls.error)
		return false;
	calls.failed = true;
	calls.call = call;
	errno = calls.error;
	return true;
}

/* dlsym() returns a pointer to data, which C does not convert to one to a function. */
static inline void real_call(void *ret, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	must(found != NULL, name);
	memcpy(ret, &found, sizeof(found));
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...);
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (fails_now("open", path))
		return -1;
	real_call(&real, "open");
	return real(path, flags, mode);
}

int openat(int folder_fd, const char *path, int flags, ...)
{
	int (*real)(int, const char *, int, ...);
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (fails_now("openat", path))
		return -1;
	real_call(&real, "openat");
	return real(folder_fd, path, flags, mode);
}

ssize_t read(int fd, void *buf, size_t size)
{
	ssize_t (*real)(int, void *, size_t);

	if (fails_now("read", NULL))
		return -1;
	real_call(&real, "read");
	return real(fd, buf, size);
}

ssize_t readlink(const char *path, char *buf, size_t size)
{
	ssize_t (*real)(const char *, char *, size_t);

	if (fails_now("readlink", path))
		return -1;
	real_call(&real, "readlink");
	return real(path, buf, size);
}

int stat(const char *path, struct stat *ret)
{
	int (*real)(const char *, struct stat *);

	if (fails_now("stat", path))
		return -1;
	real_call(&real, "stat");
	return real(path, ret);
}

int fstat(int fd, struct stat *ret)
{
	int (*real)(int, struct stat *);

	if (fails_now("fstat", NULL))
		return -1;
	real_call(&real, "fstat");
	return real(fd, ret);
}

DIR *opendir(const char *path)
{
	DIR *(*real)(const char *);

	if (fails_now("opendir", path))
		return NULL;
	real_call(&real, "opendir");
	return real(path);
}

struct dirent *readdir(DIR *dir)
{
	struct dirent *(*real)(DIR *);

	if (fails_now("readdir", NULL))
		return NULL;
	real_call(&real, "readdir");
	return real(dir);
}

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *);

	if (fails_now("fopen", path))
		return NULL;
	real_call(&real, "fopen");
	return real(path, mode);
}

#endif
