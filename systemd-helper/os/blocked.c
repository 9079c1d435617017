/* Finds a named pipe in the open() that a process is in. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/blocked.h"
#include "os/compat.h"
#include "os/procfs.h"

/* "257 0xffffff9c 0x55d0c8 0x0 0x0 ...": the number of the call, then its arguments. */
static bool path_argument(pid_t pid, unsigned long long *ret)
{
	char text[256];
	char *p = text;
	long number;
	int i;

	if (procfs_read(pid, "syscall", text, sizeof(text)) <= 0 || *p < '0' || *p > '9')
		return false;
	number = strtol(p, &p, 10);
	i = compat_opens_path(number);
	if (i < 0)
		return false;
	for (; i >= 0; i--)
		*ret = strtoull(p, &p, 16);
	return *ret != 0;
}

static bool read_text(pid_t pid, unsigned long long address, char ret[PATH_MAX])
{
	int fd = procfs_open(pid, "mem", O_RDONLY);
	size_t have = 0;
	ssize_t n = 1;

	if (fd < 0)
		return false;
	/* By pages: behind the text may be nothing. */
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
