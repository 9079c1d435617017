/*
 * O_NONBLOCK is a flag of the open file description. We share that with the process that started us
 * (a shell's terminal, a build server's pipe) and with the nginx that we start: if we set the flag,
 * their reads and writes would fail with EAGAIN. So it is not set on inherited descriptors:
 *
 *	a socket is written with MSG_DONTWAIT, which is for one call only;
 *	a pipe or a terminal is opened once more, through /proc/self/fd: that description is ours;
 *	where this is not allowed (after su, the terminal is the other user's), it is polled before
 *	each write, and a timer ends a write that blocks all the same: poll(2) promises only some
 *	room, and for a terminal that is stopped (XOFF) not even that;
 *	anything else (a file, /dev/null) is written as it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "os/tick.h"
#include "ui/outlet.h"
#include "ui/stream.h"

/* How long a write may block where that cannot be prevented; and the device number of /dev/ptmx. */
enum { WRITE_US = 2000, TTYAUX = 5, PTMX = 2 };

static struct outlet streams[2];
static bool opened;
static bool one; /* standard error is standard output */

static ssize_t send_to_socket(struct outlet *o, const char *text, size_t length)
{
	ssize_t n = send(o->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return errno == ECONNRESET || errno == ENOTCONN ? -EPIPE : -errno;
}

static ssize_t write_to_file(struct outlet *o, const char *text, size_t length)
{
	ssize_t n = write(o->fd, text, length);

	return n < 0 ? -errno : n;
}

/* EIO is what a terminal answers when its other end has gone. */
static ssize_t write_to_own(struct outlet *o, const char *text, size_t length)
{
	ssize_t n = write_to_file(o, text, length);

	return n == -EIO ? -EPIPE : n;
}

/* Writes to a descriptor that blocks, PIPE_BUF bytes at most. */
static ssize_t write_in_time(struct outlet *o, const char *text, size_t length)
{
	struct pollfd fd = {o->fd, POLLOUT, 0};
	struct tick tick;
	ssize_t n;

	if (poll(&fd, 1, 0) <= 0)
		return -EAGAIN;
	tick_begin(&tick, WRITE_US);
	n = write_to_own(o, text, length < PIPE_BUF ? length : PIPE_BUF);
	tick_end(&tick);
	return n == -EINTR ? -EAGAIN : n;
}

/* Whether it is the master end of a pseudo terminal: to open that again makes a new terminal. */
static bool is_ptmx(const struct stat *st)
{
	return major(st->st_rdev) == TTYAUX && minor(st->st_rdev) == PTMX;
}

/* Opens the same pipe or terminal again, not blocking. The descriptor, or -1. */
static int open_anew(int fd, const struct stat *inherited)
{
	char path[32];
	struct stat st;
	int own;

	if (is_ptmx(inherited))
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)
		return -1;
	if (fstat(own, &st) == 0 && st.st_dev == inherited->st_dev &&
	    st.st_ino == inherited->st_ino && st.st_rdev == inherited->st_rdev)
		return own;
	(void)close(own);
	return -1;
}

static bool is_terminal(int fd, const struct stat *st)
{
	return S_ISCHR(st->st_mode) && isatty(fd);
}

static void open_stream(struct outlet *o, const char *name, int fd)
{
	struct stat st = {.st_mode = 0};
	int own = -1;

	if (fstat(fd, &st) < 0) {
		outlet_open(o, name, write_to_file, fd);
		return;
	}
	if (S_ISSOCK(st.st_mode)) {
		outlet_open(o, name, send_to_socket, fd);
		return;
	}
	if (!S_ISFIFO(st.st_mode) && !is_terminal(fd, &st)) {
		outlet_open(o, name, write_to_file, fd);
		return;
	}
	own = open_anew(fd, &st);
	outlet_open(o, name, own < 0 ? write_in_time : write_to_own, own < 0 ? fd : own);
}

static bool can_be_written(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

/* Whether both streams lead to the same place. Not for a file: where it was opened twice, each has
 * an offset of its own. */
static bool are_one(void)
{
	struct stat out;
	struct stat err;

	return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
	       out.st_dev == err.st_dev && out.st_ino == err.st_ino && out.st_rdev == err.st_rdev &&
	       !S_ISREG(out.st_mode) && can_be_written(STDOUT_FILENO) &&
	       can_be_written(STDERR_FILENO);
}

static void open_streams(void)
{
	if (opened)
		return;
	opened = true;
	one = are_one();
	open_stream(&streams[0], "standard output", STDOUT_FILENO);
	if (!one)
		open_stream(&streams[1], "standard error", STDERR_FILENO);
}

struct outlet *stream_output(void)
{
	open_streams();
	return &streams[0];
}

struct outlet *stream_error(void)
{
	open_streams();
	return &streams[one ? 0 : 1];
}

void stream_print(struct outlet *o, const char *format, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0) {
		outlet_lose(o, ENOMEM);
		return;
	}
	outlet_put(o, text, (size_t)n);
	free(text);
}
