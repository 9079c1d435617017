/* Asks the kernel, not argv[0], which our caller chooses. */
#include <errno.h>
#include <unistd.h>

#include "os/own_path.h"
#include "os/procfs.h"

int own_path(char ret[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);

	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	ret[n] = '\0';
	(void)procfs_cut_deleted(ret);
	return 0;
}
