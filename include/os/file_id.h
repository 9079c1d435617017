/* The identity of a file, whatever its name: device and inode. */
#ifndef OS_FILE_ID_H
#define OS_FILE_ID_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct file_id {
	dev_t device;
	ino_t inode; /* 0: none */
};

bool file_id_equal(const struct file_id *a, const struct file_id *b);

/* 0 or -errno. file_id_of() follows symbolic links. */
int file_id_of(const char *path, struct file_id *ret);
int file_id_of_fd(int fd, struct file_id *ret);

struct file_id file_id_of_stat(const struct stat *st);

#endif
