/*
 * Temporary files in the folder of a binary. A copy is written by one descriptor and locked by
 * another. The first must be closed before the file is executed (ETXTBSY), the second must stay
 * open as long as the file is in use.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/file_copy.h"
#include "nginx/place.h"
#include "os/file_id.h"

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

#define BASE (sizeof(digits) - 1)

/* The pid makes the names of several runs differ. The last digit does so for a file that an earlier
 * run of the same pid has left. */
static void busy_name(struct temporary *t, unsigned attempt)
{
	unsigned pid = (unsigned)getpid();
	char tail[7];
	unsigned i;

	for (i = 0; i < 5; i++, pid /= BASE)
		tail[i] = digits[pid % BASE];
	tail[5] = digits[attempt];
	tail[6] = '\0';
	(void)snprintf(t->name, sizeof(t->name), BUSY_PREFIX "%s", tail);
}

/* Removes the file, unless the name is certain to be another file's by now. */
static void remove_temporary(const struct place *p, const struct temporary *t)
{
	struct file_id id;

	if (*t->name && (place_id(p, t->name, &id) < 0 || file_id_equal(&id, &t->id)))
		(void)unlinkat(p->folder, t->name, 0);
}

/*
 * Locks the new file. -EAGAIN: before the lock, install_sweep() of another run has taken the file
 * for one of a run that has ended. If the file system has no locks, that is no failure;
 * install_sweep() removes nothing there.
 */
static int lock_temporary(const struct place *p, struct temporary *t)
{
	struct file_id at_name;
	int r;

	t->lock = openat(p->folder, t->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (t->lock < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	if (flock(t->lock, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EAGAIN;
	r = file_id_of_fd(t->lock, &t->id);
	if (r < 0)
		return r;
	r = place_id(p, t->name, &at_name);
	if (r == -ENOENT || (!r && !file_id_equal(&at_name, &t->id)))
		return -EAGAIN;
	return r;
}

static void release_temporary(struct temporary *t)
{
	if (t->lock >= 0)
		(void)close(t->lock);
	t->lock = -1;
	t->name[0] = '\0';
}

/* Creates an empty file that only we can open, and locks it. Returns a descriptor to write to
 * it. */
static int temporary_create(const struct place *p, struct temporary *t)
{
	unsigned attempt;
	int fd, r = -EEXIST;

	for (attempt = 0; attempt < BASE; attempt++) {
		busy_name(t, attempt);
		fd = openat(p->folder, t->name,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0) {
			t->name[0] = '\0';
			return -errno;
		}
		r = lock_temporary(p, t);
		if (!r)
			return fd;
		(void)close(fd);
		if (r != -EAGAIN)
			(void)unlinkat(p->folder, t->name, 0);
		release_temporary(t);
		if (r != -EAGAIN)
			return r;
	}
	release_temporary(t);
	return r;
}

static int fill_copy(const struct place *p, int from, const char *from_path, int model, int to)
{
	struct copy_failure f = {NULL, false};
	int r = file_copy_data(from, to, &f);

	if (r < 0)
		return f.at_source ? install_failed(p->err, f.step, from_path, r)
				   : place_failed(p, f.step, NULL, r);
	r = file_copy_attributes(model, to, &f);
	if (r < 0)
		return place_failed(p, f.step, p->name, r);
	r = file_sync(to);
	return r < 0 ? place_failed(p, "sync a copy in", NULL, r) : 0;
}

int temporary_copy(const struct place *p, int from, const char *from_path, int model,
		   struct temporary *ret)
{
	int fd = temporary_create(p, ret);
	int r;

	if (fd < 0)
		return place_failed(p, "create a file in", NULL, fd);
	r = fill_copy(p, from, from_path, model, fd);
	/* With network file systems and quotas only close() may say that the disk is full. */
	if (close(fd) < 0 && !r)
		r = place_failed(p, "write a copy in", NULL, -errno);
	if (r < 0)
		temporary_drop(p, ret);
	return r;
}

int temporary_link(const struct place *p, const char *name, const struct file_id *want,
		   struct temporary *ret)
{
	struct file_id id;
	unsigned attempt;
	int fd = place_read(p, name);
	int r = -EEXIST;

	if (fd < 0)
		return fd;
	ret->lock = fd;
	ret->id = *want;
	/* The lock is on the file, whatever its name. Without the lock another run may remove this
	 * name, which does no harm. */
	(void)flock(ret->lock, LOCK_SH | LOCK_NB);
	for (attempt = 0; r == -EEXIST && attempt < BASE; attempt++) {
		busy_name(ret, attempt);
		r = linkat(p->folder, name, p->folder, ret->name, 0) < 0 ? -errno : 0;
	}
	if (!r && (place_id(p, ret->name, &id) < 0 || !file_id_equal(&id, want))) {
		(void)unlinkat(p->folder, ret->name, 0);
		r = -ESTALE;
	}
	if (r < 0)
		release_temporary(ret);
	return r;
}

static int write_text(int fd, const char *text, size_t length, mode_t mode)
{
	ssize_t n;

	for (; length; text += n, length -= (size_t)n) {
		n = write(fd, text, length);
		if (n < 0 && errno != EINTR)
			return -errno;
		n = n < 0 ? 0 : n;
	}
	return fchmod(fd, mode) < 0 ? -errno : file_sync(fd);
}

int temporary_text(const struct place *p, const char *text, size_t length, mode_t mode,
		   struct temporary *ret)
{
	int fd = temporary_create(p, ret);
	int r;

	if (fd < 0)
		return place_failed(p, "create a file in", NULL, fd);
	r = write_text(fd, text, length, mode);
	if (close(fd) < 0 && !r)
		r = -errno;
	if (r < 0) {
		temporary_drop(p, ret);
		(void)place_failed(p, "write a file in", NULL, r);
	}
	return r;
}

int temporary_symlink(const struct place *p, const char *text, struct temporary *ret)
{
	unsigned attempt;
	int r = -EEXIST;

	ret->lock = -1;
	for (attempt = 0; r == -EEXIST && attempt < BASE; attempt++) {
		busy_name(ret, attempt);
		r = symlinkat(text, p->folder, ret->name) < 0 ? -errno : 0;
	}
	if (!r)
		r = place_id(p, ret->name, &ret->id);
	if (r < 0) {
		ret->name[0] = '\0';
		(void)place_failed(p, "create a link in", NULL, r);
	}
	return r;
}

/* If both names are links to the same file, rename(2) does nothing: then the temporary name is
 * still there. */
int temporary_rename(const struct place *p, struct temporary *t, const char *name)
{
	if (renameat(p->folder, t->name, p->folder, name) < 0)
		return -errno;
	remove_temporary(p, t);
	t->name[0] = '\0';
	return 0;
}

void temporary_drop(const struct place *p, struct temporary *t)
{
	remove_temporary(p, t);
	release_temporary(t);
}
