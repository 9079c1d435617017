/*
 * The lock file. Its content (pid and verb of the holder) is for people only; what counts is the
 * flock, which the kernel drops with the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/lock.h"

/* The folder must be ours alone: in one that others can write, they could hold the lock for ever.
 */
static int make_folder(char *path, size_t size)
{
	struct stat st;

	if (geteuid() == 0)
		(void)snprintf(path, size, "%s/nginx-handover",
			       access("/run", W_OK) == 0 ? "/run" : "/var/run");
	else
		(void)snprintf(path, size, "/tmp/nginx-handover-%u", (unsigned)geteuid());
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
		return -EPERM;
	return 0;
}

/* A path as one file name: '/' becomes '-', '-' and '%' are kept apart from it. */
static int subject_name(const char *subject, char *buf, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *subject; subject++) {
		unsigned char c = (unsigned char)*subject;

		if (n + 4 > size)
			return -ENAMETOOLONG;
		if (c == '/') {
			buf[n++] = '-';
		} else if (c == '-' || c == '%' || c < ' ' || c > '~') {
			buf[n++] = '%';
			buf[n++] = hex[c >> 4];
			buf[n++] = hex[c & 15];
		} else {
			buf[n++] = (char)c;
		}
	}
	buf[n] = '\0';
	return 0;
}

static void read_holder(int fd, char *ret, size_t size)
{
	ssize_t n = pread(fd, ret, size - 1, 0);

	ret[n < 0 ? 0 : n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	if (!*ret)
		(void)snprintf(ret, size, "another run");
}

static void on_alarm(int sig)
{
	(void)sig;
}

static int take_flock(int fd, bool wait)
{
	return flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int take_record(int fd, bool wait)
{
	struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, wait ? F_SETLKW : F_SETLK, &whole) == 0)
		return 0;
	return errno == EACCES || errno == EAGAIN ? -EWOULDBLOCK : -errno;
}

/*
 * These calls know no timeout: a timer interrupts them, again and again, since a signal that comes
 * right before the call interrupts nothing.
 */
static int lock_within(int fd, int (*take)(int fd, bool wait), uint64_t wait_us)
{
	static const struct itimerval tick = {{0, 50000}, {0, 50000}};
	static const struct itimerval none;
	struct sigaction interrupt = {.sa_flags = 0};
	struct sigaction before;
	uint64_t until_us = clock_us() + wait_us;
	int r = take(fd, false);

	if (r != -EWOULDBLOCK || !wait_us)
		return r;
	interrupt.sa_handler = on_alarm;
	(void)sigemptyset(&interrupt.sa_mask);
	(void)sigaction(SIGALRM, &interrupt, &before);
	(void)setitimer(ITIMER_REAL, &tick, NULL);
	do {
		r = take(fd, true);
	} while (r == -EINTR && clock_us() < until_us);
	(void)setitimer(ITIMER_REAL, &none, NULL);
	(void)sigaction(SIGALRM, &before, NULL);
	return r == -EINTR ? -EWOULDBLOCK : r;
}

int lock_take(struct lock *lock, const char *subject, const char *what, uint64_t wait_us,
	      char *ret_holder, size_t size)
{
	char name[NAME_MAX - 8];
	char line[128];
	size_t length;
	int r;

	lock->fd = -1;
	r = make_folder(lock->path, sizeof(lock->path));
	if (!r)
		r = subject_name(subject, name, sizeof(name));
	if (r < 0)
		return r;
	length = strlen(lock->path);
	(void)snprintf(lock->path + length, sizeof(lock->path) - length, "/%s.lock", name);
	lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock->fd < 0)
		return -errno;
	r = lock_within(lock->fd, take_flock, wait_us);
	if (r < 0) {
		read_holder(lock->fd, ret_holder, size);
		lock_release(lock);
		return r;
	}
	(void)snprintf(line, sizeof(line), "%s (pid %d)\n", what, (int)getpid());
	(void)!ftruncate(lock->fd, 0);
	(void)!pwrite(lock->fd, line, strlen(line), 0);
	return 0;
}

void lock_release(struct lock *lock)
{
	if (lock->fd >= 0)
		(void)close(lock->fd);
	lock->fd = -1;
}

int lock_await(const char *path, uint64_t wait_us)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = lock_within(fd, take_record, wait_us);
	(void)close(fd);
	return r;
}
