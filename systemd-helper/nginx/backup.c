/*
 * Backups of the builds that stood at a path. A name is only made with link(2), which replaces
 * nothing, or put in the place of a file with the same content, so no other file is lost. Symbolic
 * links at these names are not followed.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/backup.h"
#include "nginx/file_copy.h"
#include "nginx/place.h"
#include "os/file_id.h"
#include "trust/path.h"

#define SAME_VERSION_MAX 99 /* builds of one version */

/* What is at a name, compared with the image that is to be saved. */
enum standing { NOTHING, IMAGE_ITSELF, SAME_CONTENT, OTHER };

/* The part of a name behind "TARGET."; NULL: it begins in another way. */
static const char *after_target(const struct place *p, const char *name)
{
	size_t length = strlen(p->name);

	if (strncmp(name, p->name, length) != 0 || name[length] != '.')
		return NULL;
	return name + length + 1;
}

/* Whether the part behind "TARGET." is at least two numbers with dots between them, and maybe a
 * tail without a dot: "1.29.0-dev-2". */
static bool is_backup_name(const struct place *p, const char *name)
{
	const char *s = after_target(p, name);
	unsigned numbers = 0;

	if (!s || !backup_version_is_valid(s))
		return false;
	for (;;) {
		if (!isdigit((unsigned char)*s))
			return false;
		s += strspn(s, "0123456789");
		numbers++;
		if (*s != '.')
			return numbers >= 2 && !strchr(s, '.');
		s++;
	}
}

bool is_backup(const struct place *p, const char *name, struct stat *ret)
{
	return is_backup_name(p, name) && place_stat(p, name, ret) == 0 && S_ISREG(ret->st_mode) &&
	       (ret->st_mode & 0111);
}

struct finding {
	const struct file_id *id;
	bool backups_only;
	char *ret;
};

static int match_name(const struct place *p, const char *name, void *arg)
{
	const struct finding *f = arg;
	struct file_id id;
	struct stat st;

	if (!after_target(p, name) || place_stat(p, name, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	id = file_id_of_stat(&st);
	if (!file_id_equal(&id, f->id) || (f->backups_only && !is_backup(p, name, &st)))
		return 0;
	(void)snprintf(f->ret, NAME_MAX + 1, "%s", name);
	return 1;
}

static int find_name(const struct place *p, const struct file_id *id, bool backups_only, char *ret)
{
	struct finding f = {id, backups_only, ret};
	int r = place_each(p, match_name, &f);

	if (r < 0)
		return r;
	return r ? 0 : -ENOENT;
}

int backup_find(const struct place *p, const struct file_id *id, char *ret)
{
	int r = find_name(p, id, true, ret);

	return r == -ENOENT ? find_name(p, id, false, ret) : r;
}

/* What is no regular file, cannot be read or is not trusted is OTHER, and is left alone. */
static enum standing standing_at(const struct place *p, const char *name, int running,
				 const struct file_id *id)
{
	struct file_id at_name;
	struct distrust why;
	bool same;
	int fd, r;

	r = place_id(p, name, &at_name);
	if (r < 0)
		return r == -ENOENT ? NOTHING : OTHER;
	if (file_id_equal(&at_name, id))
		return IMAGE_ITSELF;
	fd = place_read(p, name);
	if (fd < 0)
		return OTHER;
	same = place_judge(p, fd, name, &why) == 0 && file_same_content(fd, running) > 0;
	(void)close(fd);
	return same ? SAME_CONTENT : OTHER;
}

/* The first name for this version that is free, or where a file of the same content is. */
static int pick_name(const struct place *p, int running, const struct file_id *id,
		     const char *version, char *ret, enum standing *ret_standing)
{
	char tail[16] = "";
	int n, r;

	for (n = 1; n <= SAME_VERSION_MAX; n++) {
		if (n > 1)
			(void)snprintf(tail, sizeof(tail), "-%d", n);
		r = snprintf(ret, NAME_MAX + 1, "%s.%s%s", p->name, version, tail);
		if (r > NAME_MAX)
			return -ENAMETOOLONG;
		*ret_standing = standing_at(p, ret, running, id);
		if (*ret_standing != OTHER)
			return 0;
	}
	return -EEXIST;
}

/*
 * Makes a second name for the image, which has the name `from`. -ESTALE: the new name leads to
 * another file: `from` was replaced meanwhile, or this is an overlay, where a link becomes a file
 * of its own.
 */
static int link_name(const struct place *p, const char *from, const char *name,
		     const struct file_id *id)
{
	struct file_id linked;

	if (linkat(p->folder, from, p->folder, name, 0) < 0)
		return -errno;
	if (place_id(p, name, &linked) == 0 && file_id_equal(&linked, id))
		return 0;
	(void)unlinkat(p->folder, name, 0);
	return -ESTALE;
}

/* Puts a link to the running image in the place of a file with the same content: a backup must be
 * the file that runs. If that fails, the copy is good enough. */
static void replace_by_link(const struct place *p, const char *from, const char *name,
			    const struct file_id *id)
{
	struct temporary t = TEMPORARY_NONE;

	if (temporary_link(p, from, id, &t) == 0)
		(void)temporary_rename(p, &t, name);
	temporary_drop(p, &t);
}

/* Makes a copy of the image under that name. -EEXIST: somebody else has made the name meanwhile. */
static int copy_name(const struct place *p, int running, const char *name)
{
	struct temporary t = TEMPORARY_NONE;
	char image[PATH_MAX];
	struct stat st;
	int r;

	image_path(running, image);
	r = temporary_copy(p, running, image, running, &t);
	if (r < 0)
		return r;
	r = linkat(p->folder, t.name, p->folder, name, 0) < 0 ? -errno : 0;
	if (r < 0 && r != -EEXIST) {
		/* No hard links here. The name was free a moment ago. */
		r = place_stat(p, name, &st) == 0 ? -EEXIST : temporary_rename(p, &t, name);
		if (r < 0 && r != -EEXIST)
			r = place_failed(p, "create the backup", name, r);
	}
	temporary_drop(p, &t);
	return r;
}

/* Finds a name of the image in the folder, first of all the target's own. */
static int name_of_image(const struct place *p, const struct file_id *id, char *ret)
{
	struct file_id at_target;

	if (place_id(p, p->name, &at_target) < 0 || !file_id_equal(&at_target, id))
		return backup_find(p, id, ret);
	(void)snprintf(ret, NAME_MAX + 1, "%s", p->name);
	return 0;
}

static int save_as(const struct place *p, int running, const struct file_id *id,
		   enum standing standing, struct backup *b)
{
	char from[NAME_MAX + 1];
	bool named = name_of_image(p, id, from) == 0;
	int r = -ENOENT;

	if (standing == SAME_CONTENT && named)
		replace_by_link(p, from, b->name, id);
	if (standing != NOTHING)
		return 0;
	if (named)
		r = link_name(p, from, b->name, id);
	if (r < 0 && r != -EEXIST)
		r = copy_name(p, running, b->name);
	b->made = r == 0;
	return r;
}

int backup_save(const struct place *p, int running, const char *version, struct backup *ret)
{
	enum standing standing;
	struct file_id id;
	struct stat st;
	int tries, r;

	ret->made = false;
	if (!backup_version_is_valid(version))
		return install_failed(p->err, "name a backup by the version", version, -EINVAL);
	r = place_judge_running(p, running);
	if (r < 0)
		return r;
	if (fstat(running, &st) < 0)
		return place_failed(p, "look at the running image of", p->name, -errno);
	id = file_id_of_stat(&st);
	if (find_name(p, &id, true, ret->name) == 0)
		return 0;
	for (tries = 0, r = -EEXIST; r == -EEXIST && tries < SAME_VERSION_MAX; tries++) {
		r = pick_name(p, running, &id, version, ret->name, &standing);
		if (r < 0)
			return place_failed(p, "find a name for a backup of", p->name, r);
		r = save_as(p, running, &id, standing, ret);
	}
	return r == -EEXIST ? place_failed(p, "create the backup", ret->name, r) : r;
}
