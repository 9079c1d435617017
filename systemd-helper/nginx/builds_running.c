/* The builds of a running master: where they are, and the one that it executes. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nginx/builds.h"
#include "nginx/master.h"
#include "nginx/served.h"
#include "os/file_id.h"
#include "os/sha256.h"
#include "trust/path.h"
#include "trust/subject.h"

int builds_of(const struct master *m, const struct believed *b, struct builds *ret)
{
	char target[PATH_MAX];
	int r = master_binary(m, target);

	memset(ret, 0, sizeof(*ret));
	ret->believed = *b;
	if (r < 0)
		return r;
	(void)master_our_view(m, target);
	(void)snprintf(ret->root, sizeof(ret->root), "%s", master_root_of(m, target));
	(void)snprintf(ret->target, sizeof(ret->target), "%s", master_own_path(m, target));
	/* The master has another root: in ours, that path may belong to another nginx. */
	if (ret->root[0])
		memcpy(ret->name, ret->target, sizeof(ret->name));
	else
		r = master_binary_name(m, ret->name);
	return r;
}

int served_describe(const struct subject *subject, struct served *s, struct served_build *ret)
{
	const char *path = subject->image_path;
	struct file_id at_path;
	uint64_t size;
	struct digest digest;
	int r = builds_digest(s, subject->image, true, &digest, &size);

	memset(ret, 0, sizeof(*ret));
	if (r < 0)
		return r;
	ret->digest = digest;
	ret->size = size;
	ret->uid = SERVED_BY_UNKNOWN;
	if (strlen(path) < sizeof(ret->path) && path[0] == '/' && file_id_of(path, &at_path) == 0 &&
	    file_id_equal(&at_path, &subject->image_id))
		memcpy(ret->path, path, strlen(path) + 1);
	return 0;
}
