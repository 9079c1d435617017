/* Paths as text: from our working folder, also if that is deleted, and the folder of a path. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/rooted.h"
#include "tap.h"

static void folder_is(const char *path, const char *want)
{
	char got[PATH_MAX];

	same_number(path_folder(path, got), 0, path);
	same_text(got, want, "its folder");
}

static void from_here(void)
{
	char got[PATH_MAX];
	char gone[] = "/tmp/gone-XXXXXX";

	must(chdir("/usr") == 0, "chdir");
	same_number(path_from_here("sbin/nginx", got), 0, "from a folder");
	same_text(got, "/usr/sbin/nginx", "it is below that");
	must(mkdtemp(gone) && chdir(gone) == 0 && rmdir(gone) == 0, "a folder that is gone");
	same_number(path_from_here("nginx", got), -ENOENT, "from nowhere");
	same_number(path_from_here("/usr/sbin/nginx", got), 0, "an absolute path needs no folder");
	same_text(got, "/usr/sbin/nginx", "and is as it was");
}

static void too_long(void)
{
	static char path[PATH_MAX + 2];
	char got[PATH_MAX];

	memset(path, 'a', PATH_MAX);
	path[0] = '/';
	same_number(path_folder(path, got), -ENAMETOOLONG, "the folder of a path that is too long");
	same_number(path_from_here(path, got), -ENAMETOOLONG, "and the path itself");
}

int main(void)
{
	folder_is("/usr/sbin/nginx", "/usr/sbin");
	folder_is("/nginx", "/");
	from_here();
	too_long();
	return tap_end();
}
