/* The identity of files: device and inode. */
#include <errno.h>

#include "os/file_id.h"

bool file_id_equal(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode;
}

struct file_id file_id_of_stat(const struct stat *st)
{
	struct file_id id;

	id.device = st->st_dev;
	id.inode = st->st_ino;
	return id;
}

int file_id_of(const char *path, struct file_id *ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	*ret = file_id_of_stat(&st);
	return 0;
}

int file_id_of_fd(int fd, struct file_id *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = file_id_of_stat(&st);
	return 0;
}
