/* The folders of rescued binaries. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/rescue.h"
#include "os/identity.h"
#include "trust/path.h"

#define RESCUE_FOLDER "/var/lib/nginx-handover"

static const struct believed root_alone = {0, NO_USER, NO_GROUP};

/* A rollback executes a file of this folder as root, so nobody else may be able to write to it. */
static int check_folder(const char *path, bool make)
{
	struct distrust why;
	struct trusted t;
	int r = trusted_open(&root_alone, "", path, TRUSTED_FOLDER | (make ? TRUSTED_MISSING : 0),
			     &t, &why);

	if (r < 0)
		return r;
	if (t.fd < 0 && mkdirat(t.folder, t.name, 0700) < 0 && errno != EEXIST)
		r = -errno;
	if (!r && t.fd < 0)
		r = check_folder(path, false);
	trusted_close(&t);
	return r;
}

/* To open the last folder checks all folders above it. Only if some are missing, each is looked
 * at. */
static int check_folders(char path[PATH_MAX], bool make)
{
	char *slash = strrchr(path, '/');
	int r;

	*slash = '\0';
	r = check_folder(path, false);
	*slash = '/';
	if (r != -ENOENT || !make)
		return r;
	r = 0;
	slash = path + strlen(RESCUE_FOLDER);
	for (; !r && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = check_folder(path, make);
		*slash = '/';
	}
	return r;
}

int rescue_place(const char *target, bool make, char ret[PATH_MAX])
{
	char path[PATH_MAX];
	int r;

	if (target[0] != '/' || strstr(target, "/../"))
		return -EINVAL;
	if (snprintf(path, sizeof(path), RESCUE_FOLDER "%s", target) >= PATH_MAX)
		return -ENAMETOOLONG;
	identity_lift();
	r = geteuid() == 0 ? check_folders(path, make) : -EPERM;
	identity_lower();
	if (!r)
		memcpy(ret, path, strlen(path) + 1);
	return r;
}
