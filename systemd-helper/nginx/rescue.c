/* The folders of rescued binaries. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/rescue.h"

#define RESCUE_FOLDER "/var/lib/nginx-handover"

/* What others could write would be executed by root at a rollback. */
static int check_folder(const char *path, bool make)
{
	struct stat st;

	if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) && st.st_uid == 0 && !(st.st_mode & 022) ? 0 : -EPERM;
}

int rescue_place(const char *target, bool make, char ret[PATH_MAX])
{
	char path[PATH_MAX];
	char *slash;
	int r;

	if (geteuid() != 0)
		return -EPERM;
	if (target[0] != '/' || strstr(target, "/../"))
		return -EINVAL;
	if (snprintf(path, sizeof(path), RESCUE_FOLDER "%s", target) >= PATH_MAX)
		return -ENAMETOOLONG;
	slash = path + strlen(RESCUE_FOLDER);
	for (; slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = check_folder(path, make);
		*slash = '/';
		if (r < 0)
			return r;
	}
	memcpy(ret, path, strlen(path) + 1);
	return 0;
}
