/*
 * Copies a file by descriptors, with plain reads and writes. A binary has a few megabytes, and the
 * calls that copy within the kernel are missing on the oldest systems that are supported.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "nginx/file_copy.h"

#define CHUNK     (8 * 1024)  /* on the stack, twice to compare */
#define XATTR_MAX (64 * 1024) /* the kernel's limit for a list of names and for a value */

static int copy_failed(struct copy_failure *f, const char *step, bool at_source, int r)
{
	f->step = step;
	f->at_source = at_source;
	return r;
}

/* Reads until size bytes are there or the file ends. */
static ssize_t read_chunk(int fd, char *buf, size_t size, off_t offset)
{
	size_t n = 0;

	while (n < size) {
		ssize_t r = pread(fd, buf + n, size - n, offset + (off_t)n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	return (ssize_t)n;
}

static int write_chunk(int fd, const char *buf, size_t size)
{
	while (size > 0) {
		ssize_t r = write(fd, buf, size);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		buf += r;
		size -= (size_t)r;
	}
	return 0;
}

static bool is_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int file_copy_data(int from, int to, struct copy_failure *ret_failure)
{
	char buf[CHUNK];
	struct stat before, after;
	off_t offset = 0;
	ssize_t n;
	int r;

	if (fstat(from, &before) < 0)
		return copy_failed(ret_failure, "read", true, -errno);
	/* A file may grow as fast as we read it, so its size at the beginning is the limit. */
	do {
		n = read_chunk(from, buf, sizeof(buf), offset);
		if (n < 0)
			return copy_failed(ret_failure, "read", true, (int)n);
		r = write_chunk(to, buf, (size_t)n);
		if (r < 0)
			return copy_failed(ret_failure, "write a copy in", false, r);
		offset += n;
	} while (n == CHUNK && offset <= before.st_size);

	if (fstat(from, &after) < 0)
		return copy_failed(ret_failure, "read", true, -errno);
	if (offset != before.st_size || !is_unchanged(&before, &after))
		return copy_failed(ret_failure, "copy (something is writing to it)", true,
				   -ETXTBSY);
	return 0;
}

int file_same_content(int a, int b)
{
	char buf_a[CHUNK], buf_b[CHUNK];
	struct stat st_a, st_b;
	off_t offset = 0;
	ssize_t n, m;

	if (fstat(a, &st_a) < 0 || fstat(b, &st_b) < 0)
		return -errno;
	if (st_a.st_size != st_b.st_size)
		return 0;
	if (st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino)
		return 1;
	do {
		n = read_chunk(a, buf_a, CHUNK, offset);
		if (n < 0)
			return (int)n;
		m = read_chunk(b, buf_b, CHUNK, offset);
		if (m < 0)
			return (int)m;
		if (n != m || memcmp(buf_a, buf_b, (size_t)n) != 0)
			return 0;
		offset += n;
	} while (n == CHUNK);
	return 1;
}

bool file_contains(int fd, const char *text)
{
	size_t overlap = strlen(text) - 1;
	char buf[CHUNK];
	off_t offset = 0;
	ssize_t n;

	while ((n = read_chunk(fd, buf, CHUNK, offset)) > (ssize_t)overlap) {
		if (memmem(buf, (size_t)n, text, overlap + 1))
			return true;
		offset += n - (ssize_t)overlap;
	}
	return false;
}

bool file_has_content(const char *path, int fd)
{
	int other = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool same = other >= 0 && file_same_content(other, fd) == 1;

	if (other >= 0)
		(void)close(other);
	return same;
}

static bool selinux_is_on(void)
{
	return access("/sys/fs/selinux/enforce", F_OK) == 0 ||
	       access("/selinux/enforce", F_OK) == 0;
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* The signature or hash of another file would make the kernel refuse the copy (IMA, EVM). */
static bool attribute_is_wanted(const char *name)
{
	if (strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0)
		return false;
	return starts_with(name, "user.") || starts_with(name, "security.") ||
	       strcmp(name, "system.posix_acl_access") == 0;
}

/* The attribute could not be set, with the error r. 0: it is not needed. */
static int attribute_lost(const char *name, int r, struct copy_failure *ret_failure)
{
	bool unsupported = r == -EOPNOTSUPP || r == -EPERM;

	if (strcmp(name, "security.capability") == 0)
		return copy_failed(ret_failure, "give a copy the capabilities of", false, r);
	if (strcmp(name, "security.selinux") == 0 && (!unsupported || selinux_is_on()))
		return copy_failed(ret_failure, "give a copy the SELinux label of", false, r);
	if (strcmp(name, "system.posix_acl_access") == 0)
		return copy_failed(ret_failure, "give a copy the access list of", false, r);
	if (unsupported)
		return 0;
	return copy_failed(ret_failure, "give a copy the extended attributes of", false, r);
}

static int copy_attribute(int from, int to, const char *name, char *value,
			  struct copy_failure *ret_failure)
{
	ssize_t size = fgetxattr(from, name, value, XATTR_MAX);

	if (size < 0 && errno == ENODATA)
		return 0; /* removed since it was listed */
	if (size < 0 || fsetxattr(to, name, value, (size_t)size, 0) < 0)
		return attribute_lost(name, -errno, ret_failure);
	return 0;
}

static int copy_extended(int from, int to, struct copy_failure *ret_failure)
{
	char *buf = malloc(2 * XATTR_MAX);
	char *value, *name;
	ssize_t size;
	int r = 0;

	if (!buf)
		return copy_failed(ret_failure, "read the extended attributes of", false, -ENOMEM);
	value = buf + XATTR_MAX;
	size = flistxattr(from, buf, XATTR_MAX);
	if (size < 0) {
		if (errno != EOPNOTSUPP)
			r = copy_failed(ret_failure, "read the extended attributes of", false,
					-errno);
		size = 0;
	}
	for (name = buf; !r && name < buf + size; name += strlen(name) + 1)
		if (attribute_is_wanted(name))
			r = copy_attribute(from, to, name, value, ret_failure);
	free(buf);
	return r;
}

/*
 * The owner is set first, since a change of owner removes set-id bits and capabilities. An access
 * list that the copy has inherited from its folder is removed, since it might allow more than the
 * mode.
 */
int file_copy_attributes(int from, int to, struct copy_failure *ret_failure)
{
	struct stat have, want;

	if (fstat(from, &want) < 0 || fstat(to, &have) < 0)
		return copy_failed(ret_failure, "read the mode of", false, -errno);
	if ((have.st_uid != want.st_uid || have.st_gid != want.st_gid) &&
	    fchown(to, want.st_uid, want.st_gid) < 0)
		return copy_failed(ret_failure, "give a copy the owner of", false, -errno);
	(void)fremovexattr(to, "system.posix_acl_access");
	if (fchmod(to, want.st_mode & 07777) < 0)
		return copy_failed(ret_failure, "give a copy the mode of", false, -errno);
	return copy_extended(from, to, ret_failure);
}

int file_sync(int fd)
{
	if (fsync(fd) < 0 && errno != EINVAL && errno != EOPNOTSUPP)
		return -errno;
	return 0;
}

/* FS_IOC_GETFLAGS and its bits are written out here, since linux/fs.h clashes with sys/mount.h in
 * old C libraries. */
bool file_is_fixed(const char *path)
{
	enum { APPEND = 0x20, IMMUTABLE = 0x10 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	long flags = 0;
	bool told;

	if (fd < 0)
		return false;
	told = ioctl(fd, _IOR('f', 1, long), &flags) == 0;
	(void)close(fd);
	return told && (flags & (APPEND | IMMUTABLE));
}
