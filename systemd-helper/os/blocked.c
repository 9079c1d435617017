/* Reads the system call that a process is blocked in, and the path that it opens. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/blocked.h"
#include "os/compat.h"
#include "os/procfs.h"

/*
 * The number of the call in "257 0xffffff9c 0x55d0c8 0x0 0x0 ...", or -1: it is in none.
 * *ret_rest: the arguments.
 */
static long call_of(pid_t pid, char *text, size_t size, char **ret_rest)
{
	if (procfs_read(pid, "syscall", text, size) <= 0 || *text < '0' || *text > '9')
		return -1;
	return strtol(text, ret_rest, 10);
}

static bool path_argument(pid_t pid, unsigned long long *ret)
{
	char text[256];
	char *p;
	long number = call_of(pid, text, sizeof(text), &p);
	int i = number < 0 ? -1 : compat_opens_path(number);

	if (i < 0)
		return false;
	for (; i >= 0; i--)
		*ret = strtoull(p, &p, 16);
	return *ret != 0;
}

bool process_waits_to_write(pid_t pid, int fd)
{
	char text[256];
	char *p;
	long number = call_of(pid, text, sizeof(text), &p);

	return number >= 0 && compat_writes(number) && (int)strtoull(p, &p, 16) == fd;
}

static bool read_text(pid_t pid, unsigned long long address, char ret[PATH_MAX])
{
	int fd = procfs_open(pid, "mem", O_RDONLY);
	size_t have = 0;
	ssize_t n = 1;

	if (fd < 0)
		return false;
	/* Page by page: the page after the one with the NUL may not be mapped. */
	while (n > 0 && have < PATH_MAX && !memchr(ret, '\0', have)) {
		size_t rest = 4096 - (size_t)((address + have) % 4096);

		if (rest > PATH_MAX - have)
			rest = PATH_MAX - have;
		n = pread(fd, ret + have, rest, (off_t)(address + have));
		if (n > 0)
			have += (size_t)n;
	}
	(void)close(fd);
	return memchr(ret, '\0', have) != NULL;
}

bool process_waits_for_pipe(pid_t pid, char ret[PATH_MAX])
{
	char text[PATH_MAX];
	char path[2 * PATH_MAX + 64];
	unsigned long long address;
	struct stat st;

	if (!path_argument(pid, &address) || !read_text(pid, address, text))
		return false;
	(void)snprintf(path, sizeof(path), "%s/%d/%s/%s", procfs_root, (int)pid,
		       text[0] == '/' ? "root" : "cwd", text);
	if (stat(path, &st) < 0 || !S_ISFIFO(st.st_mode))
		return false;
	memcpy(ret, text, strlen(text) + 1);
	return true;
}
