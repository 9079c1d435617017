/*
 * Who can change one file, judged by its owner, mode and file system. If the file has an access
 * list, the group bits of the mode are the mask of the list (acl(5)): a list that lets anybody else
 * write shows as a group that may write. So the list itself need not be read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/identity.h"
#include "os/procfs.h"
#include "trust/path.h"
#include "trust/path_private.h"

#define FUSE_MAGIC   0x65735546
#define PROCFS_MAGIC 0x9fa0

struct believed believed_caller(void)
{
	struct believed b = {identity_user(), NO_USER, NO_GROUP};

	return b;
}

bool owner_is_believed(const struct believed *b, uid_t uid)
{
	return uid == 0 || (b->user != NO_USER && uid == b->user) ||
	       (b->also != NO_USER && uid == b->also);
}

static const char *path_of_fd(int fd, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/self/fd/%d", procfs_root, fd);
	return ret;
}

/* True if unknown. A descriptor that was opened with O_PATH is asked about through /proc. */
static bool may_have_acl(int fd)
{
	static const char list[] = "system.posix_acl_access";
	char path[64];
	ssize_t n = fgetxattr(fd, list, NULL, 0);

	if (n < 0 && errno == EBADF) {
		identity_lift();
		n = getxattr(path_of_fd(fd, path, sizeof(path)), list, NULL, 0);
		identity_lower();
	}
	return n >= 0 || (errno != ENODATA && errno != EOPNOTSUPP);
}

/*
 * Never for the group root: files that belong to root:root are everywhere, and an access list on
 * one of them can let anybody write.
 */
static bool group_is_believed(const struct believed *b, int fd, gid_t gid)
{
	return b->also != NO_USER && gid == b->also_group && gid != 0 && !may_have_acl(fd);
}

enum distrust_kind judge_rights(const struct believed *b, int fd, const struct stat *st,
				bool on_the_way)
{
	if (!owner_is_believed(b, st->st_uid))
		return DISTRUST_OWNER;
	if (S_ISLNK(st->st_mode) || !(st->st_mode & (S_IWGRP | S_IWOTH)))
		return DISTRUST_NONE; /* the mode of a link has no meaning */
	if (on_the_way && S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))
		return DISTRUST_NONE;
	if ((st->st_mode & S_IWOTH) || !group_is_believed(b, fd, st->st_gid))
		return DISTRUST_WRITABLE;
	return DISTRUST_NONE;
}

/* What follows the n-th blank. Blanks inside a field are escaped, so each blank ends a field. */
static const char *field_after(const char *line, unsigned n)
{
	while (line && n--) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	return line;
}

/* Whether there is a user_id= among the options, and each is a believed user. */
static bool options_are_believed(const struct believed *b, const char *options)
{
	static const char name[] = "user_id=";
	bool found = false;

	for (; options; options = strchr(options, ',')) {
		unsigned long uid;
		char *end;

		options += *options == ',';
		if (strncmp(options, name, strlen(name)) != 0)
			continue;
		uid = strtoul(options + strlen(name), &end, 10);
		if (end == options + strlen(name) || !strchr(",\n", *end) || uid >= NO_USER ||
		    !owner_is_believed(b, (uid_t)uid))
			return false;
		found = true;
	}
	return found;
}

/* virtiofs has the same magic number, but only root can mount it (Linux: virtio_fs_type). */
static bool mount_is_believed(const struct believed *b, const char *line)
{
	const char *type = strstr(line, " - ");

	if (!type)
		return false;
	type += 3;
	return strncmp(type, "virtiofs ", 9) == 0 || options_are_believed(b, field_after(type, 2));
}

bool fuse_is_believed(const struct believed *b, const char *mountinfo, dev_t device)
{
	FILE *f = fopen(mountinfo, "re");
	unsigned major_number, minor_number;
	bool found = false, good = true;
	char *line = NULL;
	size_t room = 0;

	if (!f)
		return false;
	while (getline(&line, &room, f) > 0) {
		const char *number = field_after(line, 2);

		if (!number || sscanf(number, "%u:%u", &major_number, &minor_number) != 2 ||
		    makedev(major_number, minor_number) != device)
			continue;
		found = true;
		good = good && mount_is_believed(b, line);
	}
	free(line);
	(void)fclose(f);
	return found && good;
}

/* Before Linux 3.12 fstatfs() refuses a descriptor that was opened with O_PATH. */
static int file_system_of(int fd, struct statfs *ret)
{
	char path[64];
	int r;

	if (fstatfs(fd, ret) == 0)
		return 0;
	if (errno != EBADF)
		return -errno;
	identity_lift();
	r = statfs(path_of_fd(fd, path, sizeof(path)), ret) < 0 ? -errno : 0;
	identity_lower();
	return r;
}

int judge_file_system(const struct believed *b, int fd, const struct stat *st, bool *ret_procfs)
{
	char mountinfo[PATH_MAX];
	struct statfs fs;
	int r = file_system_of(fd, &fs);

	if (r < 0)
		return r;
	if (ret_procfs)
		*ret_procfs = (unsigned long)fs.f_type == PROCFS_MAGIC;
	if (((unsigned long)fs.f_type & 0xffffffff) != FUSE_MAGIC)
		return DISTRUST_NONE;
	(void)snprintf(mountinfo, sizeof(mountinfo), "%s/self/mountinfo", procfs_root);
	return fuse_is_believed(b, mountinfo, st->st_dev) ? DISTRUST_NONE : DISTRUST_FUSE;
}

int trusted_fd(const struct believed *b, int fd, const char *path, struct distrust *why)
{
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : 0;

	(void)snprintf(why->path, sizeof(why->path), "%s", path);
	why->error = -r;
	why->uid = r ? NO_USER : st.st_uid;
	why->gid = r ? NO_GROUP : st.st_gid;
	why->mode = r ? 0 : st.st_mode;
	why->kind = r ? DISTRUST_ERROR : DISTRUST_TYPE;
	if (r)
		return r;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	why->kind = judge_rights(b, fd, &st, false);
	if (why->kind == DISTRUST_NONE && (st.st_mode & (S_ISUID | S_ISGID)))
		why->kind = DISTRUST_SET_ID;
	return why->kind == DISTRUST_NONE ? 0 : -EPERM;
}
