/* Finds what served before the update: its binary, and the modules that belong to it. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/keep_set.h"
#include "commands/package_look.h"
#include "commands/rollback.h"
#include "commands/storage.h"
#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/sets.h"
#include "os/sha256.h"
#include "trust/path.h"

/* Zero where there is no such file. */
static void digest_installed(const char *path, struct digest *ret)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	uint64_t size;

	memset(ret, 0, sizeof(*ret));
	if (!f)
		return;
	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode))
		(void)digest_of_fd(fileno(f), ret, &size);
	(void)fclose(f);
}

static void find_modules(const struct digest *last, struct package_former *ret)
{
	struct install_error failed;
	int r;

	sets_read(&ret->builds, &ret->sets);
	ret->set = sets_find(&ret->sets, last);
	r = ret->set ? sets_stage(&ret->builds, ret->set, NULL, &failed) : 0;
	ret->modules = r > 0 ? (unsigned)r : 0;
}

struct package_former *package_find_former(const char *binary, const struct believed *b)
{
	struct package_former *ret = storage_new(sizeof(*ret));
	struct digest installed;
	const struct digest *last;

	if (!ret || builds_at(binary, b, &ret->builds) < 0)
		return ret;
	digest_installed(ret->builds.target, &installed);
	way_back_read(&ret->builds, &installed, &ret->back);
	if (!ret->back.served.count)
		return ret;
	last = &ret->back.served.list[ret->back.served.count - 1].digest;
	if (!digest_equal(last, &installed))
		ret->build = kept_of(&ret->back.kept, last, false);
	find_modules(last, ret);
	return ret;
}
