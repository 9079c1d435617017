/* Where the metrics are written, and which other user may write that folder. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/metrics.h"
#include "core/metrics_file.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "trust/path.h"

/* The first user other than root who owns a folder on the way; NO_USER: there is none. */
static uid_t owner_on_the_way(const char *path)
{
	char part[PATH_MAX];
	uid_t owner = NO_USER;
	struct stat st;
	size_t i;

	for (i = 1; path[i - 1] && i < sizeof(part) - 1; i++) {
		if (path[i] && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (lstat(part, &st) == 0 && st.st_uid != 0 && owner == NO_USER)
			owner = st.st_uid;
	}
	return owner;
}

/* Whether the folder is where its path says, without links, which that user could have set. */
static bool is_as_named(const struct place *p, const char *folder)
{
	char real[PATH_MAX];
	size_t length = strlen(folder);

	while (length > 1 && folder[length - 1] == '/')
		length--;
	image_path(p->folder, real);
	return strlen(real) == length && memcmp(real, folder, length) == 0;
}

static int open_place(struct place *p, const char *folder, const char *target,
		      struct install_error *err)
{
	struct believed b = believed_caller();
	int r = place_open(p, &b, "", target, err);

	if (r != -EPERM)
		return r;
	place_close(p);
	b.also = owner_on_the_way(folder);
	if (b.also == NO_USER || place_open(p, &b, "", target, NULL) < 0)
		return r;
	if (is_as_named(p, folder)) {
		p->err = err;
		return 0;
	}
	place_close(p);
	return r;
}

/* *p has to be closed, also after an error. */
static int open_named(struct place *p, const char *folder, const char *pid_file,
		      char ret_name[NAME_MAX + 1], struct install_error *err)
{
	char target[PATH_MAX];
	int n;
	int r = metrics_file_name(pid_file, ret_name, NAME_MAX + 1);

	p->folder = -1;
	p->roots = p->lifted = false;
	if (!r) {
		n = snprintf(target, sizeof(target), "%s/%s", folder, ret_name);
		r = n < 0 || (size_t)n >= sizeof(target) ? -ENAMETOOLONG : 0;
	}
	if (r < 0)
		return install_failed(err, "make a file in", folder, r);
	return open_place(p, folder, target, err);
}

int metrics_try(const char *folder, const char *pid_file, struct install_error *err)
{
	char name[NAME_MAX + 1];
	struct place p;
	int r = open_named(&p, folder, pid_file, name, err);

	if (!r && faccessat(p.folder, ".", W_OK, AT_EACCESS) < 0)
		r = place_failed(&p, "make a file in", NULL, -errno);
	place_close(&p);
	return r;
}

int metrics_store(const char *folder, const char *pid_file, const char *text, size_t length,
		  struct install_error *err)
{
	struct temporary t = TEMPORARY_NONE;
	char name[NAME_MAX + 1];
	struct place p;
	int r = open_named(&p, folder, pid_file, name, err);

	if (!r)
		r = temporary_text(&p, text, length, 0644, &t);
	if (!r) {
		r = temporary_rename(&p, &t, name);
		if (r < 0)
			(void)place_failed(&p, "replace", name, r);
		temporary_drop(&p, &t);
	}
	place_close(&p);
	return r;
}
