/* Asks the kernel, not argv[0], which our caller chooses. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/own_path.h"

int own_path(char ret[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);
	size_t tail = sizeof(gone) - 1;

	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	ret[n] = '\0';
	if ((size_t)n > tail && strcmp(ret + n - tail, gone) == 0)
		ret[(size_t)n - tail] = '\0';
	return 0;
}
