/* Checks and reads pid files by the descriptor of their folder. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/pid_file.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "os/rooted.h"
#include "trust/path.h"

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

/* Of "/proc/PID/root/run/x" the root is "/proc/PID/root", and /run/x is returned. Of any other path
 * the root is "". */
static const char *split_root(const char *path, char root[64])
{
	size_t length = strlen(procfs_root);
	const char *p = path + length;
	const char *number = p + 1;

	root[0] = '\0';
	if (strncmp(path, procfs_root, length) != 0 || *p != '/')
		return path;
	p = number + strspn(number, "0123456789");
	if (p == number || strncmp(p, "/root/", 6) != 0 || p + 5 - path >= 64)
		return path;
	(void)snprintf(root, 64, "%.*s", (int)(p + 5 - path), path);
	return p + 5;
}

/* Opens the folder, also if it is not trusted; p->trusted says whether it is. */
static void open_folder(struct pid_file *p)
{
	char folder[PATH_MAX];
	char root[64];
	struct trusted t;
	const char *path = split_root(p->path, root);

	p->trusted = false;
	if (path_folder(path, folder) == 0 &&
	    trusted_open(&p->believed, root, folder, TRUSTED_FOLDER, &t, &p->why) == 0) {
		p->folder = trusted_reopen(&t);
		p->trusted = p->folder >= 0;
		trusted_close(&t);
	}
	if (p->folder < 0 && path_folder(p->path, folder) == 0)
		p->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	p->error = p->folder < 0 ? errno : 0;
}

/* Whether the path still leads to the folder that was checked. */
static bool is_in_place(const struct pid_file *p)
{
	char folder[PATH_MAX];
	struct file_id held;
	struct file_id now;

	return p->trusted && path_folder(p->path, folder) == 0 &&
	       file_id_of_fd(p->folder, &held) == 0 && file_id_of(folder, &now) == 0 &&
	       file_id_equal(&held, &now);
}

void pid_file_open(struct pid_file *p, const struct believed *b, const char *path)
{
	const char *slash;

	memset(p, 0, sizeof(*p));
	p->folder = -1;
	p->owner = NO_USER;
	p->believed = *b;
	(void)snprintf(p->path, sizeof(p->path), "%s", path);
	slash = strrchr(p->path, '/');
	slash = slash ? slash + 1 : p->path;
	if (strlen(path) < sizeof(p->path) && strlen(slash) < sizeof(p->name))
		memcpy(p->name, slash, strlen(slash) + 1);
	open_folder(p);
}

void pid_file_open_beside(struct pid_file *p, const struct pid_file *other, const char *ending)
{
	size_t room = sizeof(p->path) - strlen(ending);

	*p = *other;
	(void)snprintf(p->path, sizeof(p->path), "%.*s%s", (int)room - 1, other->path, ending);
	if (!p->name[0] || strlen(p->name) + strlen(ending) >= sizeof(p->name) ||
	    strlen(other->path) >= room)
		p->name[0] = '\0';
	else
		(void)strcat(p->name, ending);
	p->folder = other->folder < 0 ? -1 : fcntl(other->folder, F_DUPFD_CLOEXEC, 3);
}

void pid_file_close(struct pid_file *p)
{
	if (p->folder >= 0)
		(void)close(p->folder);
	p->folder = -1;
}

static enum pid_file_found read_opened(struct pid_file *p, int fd, pid_t *ret_pid)
{
	char buf[PID_FILE_SIZE_MAX + 1];
	struct distrust why;
	struct stat st;
	ssize_t n;
	pid_t pid;

	if (fstat(fd, &st) < 0) {
		p->error = errno;
		return PID_FILE_UNREADABLE;
	}
	p->owner = st.st_uid;
	if (!S_ISREG(st.st_mode))
		return PID_FILE_NOT_REGULAR;
	/* p->why may say why the folder is not trusted: it is overwritten only by a failure. */
	if (trusted_fd(&p->believed, fd, p->path, &why) < 0) {
		p->why = why;
		p->error = why.error;
		return p->why.kind == DISTRUST_ERROR ? PID_FILE_UNREADABLE : PID_FILE_WRITABLE;
	}
	if (st.st_size > PID_FILE_SIZE_MAX)
		return PID_FILE_TOO_LARGE;
	n = read(fd, buf, sizeof(buf));
	if (n < 0) {
		p->error = errno;
		return PID_FILE_UNREADABLE;
	}
	if (n == 0)
		return PID_FILE_IS_EMPTY;
	pid = pid_file_parse(buf, (size_t)n);
	if (pid <= 0)
		return PID_FILE_NO_NUMBER;
	*ret_pid = pid;
	return PID_FILE_OK;
}

/* A name that was too long is empty, since a cut one would be another file's. */
static int check_name(const struct pid_file *p)
{
	return p->name[0] ? 0 : -ENAMETOOLONG;
}

/* O_NONBLOCK: there may be a FIFO, and to open it would wait. */
static int open_file(const struct pid_file *p)
{
	int r = check_name(p);
	int fd = r < 0 ? -1
		       : openat(p->folder, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (r < 0)
		return r;
	return fd < 0 ? -errno : fd;
}

pid_t pid_file_peek(const struct pid_file *p)
{
	char buf[PID_FILE_SIZE_MAX + 1];
	int fd = p->folder < 0 ? -1 : open_file(p);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (fd >= 0)
		(void)close(fd);
	return n > 0 ? pid_file_parse(buf, (size_t)n) : 0;
}

enum pid_file_found pid_file_look(struct pid_file *p, pid_t *ret_pid)
{
	enum pid_file_found found;
	int fd = p->folder < 0 ? -ENOENT : open_file(p);

	p->owner = NO_USER;
	/* The folder may have been made or replaced since. */
	if (fd == -ENOENT && !is_in_place(p)) {
		pid_file_close(p);
		open_folder(p);
		fd = p->folder < 0 ? -p->error : open_file(p);
	}
	if (fd < 0) {
		p->error = -fd;
		if (fd == -ENOENT || fd == -ENOTDIR)
			return PID_FILE_IS_MISSING;
		return fd == -ELOOP ? PID_FILE_IS_LINK : PID_FILE_UNREADABLE;
	}
	found = read_opened(p, fd, ret_pid);
	(void)close(fd);
	return found;
}

const char *pid_file_found_text(const struct pid_file *p, enum pid_file_found found, char *ret,
				size_t size)
{
	static const char *const texts[] = {
		"is well",
		"is missing",
		"is empty",
		"is a symbolic link",
		"is not a regular file",
		"is too large to hold a pid",
		"does not hold a pid",
		"cannot be trusted: ",
		"cannot be read: ",
	};
	size_t n = (size_t)snprintf(ret, size, "%s", texts[found]);

	if (found == PID_FILE_WRITABLE && n < size)
		(void)distrust_text(&p->why, ret + n, size - n);
	else if (found == PID_FILE_UNREADABLE && n < size)
		(void)snprintf(ret + n, size - n, "%s", strerror(p->error));
	return ret;
}

/* Creates a new file beside it. Returns a descriptor, or -errno; `name` is its name. */
static int create_beside(const struct pid_file *p, char *name, size_t size)
{
	unsigned i;
	int fd = check_name(p);

	if (fd < 0)
		return fd;
	fd = -1;
	for (i = 0; i < 100 && fd < 0; i++) {
		if ((size_t)snprintf(name, size, "%s.%d-%u", p->name, (int)getpid(), i) >= size)
			return -ENAMETOOLONG;
		fd = openat(p->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	return fd < 0 ? -EEXIST : fd;
}

int pid_file_write(const struct pid_file *p, pid_t pid)
{
	char name[NAME_MAX + 1];
	char text[16];
	int length = snprintf(text, sizeof(text), "%d\n", (int)pid);
	int fd = create_beside(p, name, sizeof(name));
	int r = 0;

	if (fd < 0)
		return fd;
	errno = 0;
	if (fchmod(fd, 0644) < 0 || write(fd, text, (size_t)length) != length ||
	    renameat(p->folder, name, p->folder, p->name) < 0) {
		r = errno ? -errno : -EIO;
		(void)unlinkat(p->folder, name, 0);
	}
	(void)close(fd);
	return r;
}

int pid_file_move(const struct pid_file *from, const struct pid_file *to)
{
	if (check_name(from) < 0 || check_name(to) < 0)
		return -ENAMETOOLONG;
	return renameat(from->folder, from->name, to->folder, to->name) < 0 ? -errno : 0;
}
