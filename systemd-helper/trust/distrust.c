/* The reason why a path is not trusted, as text, and the command that corrects it. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "trust/path.h"

static const char *type_of(const struct distrust *d)
{
	return S_ISDIR(d->mode) ? "folder" : S_ISLNK(d->mode) ? "link" : "file";
}

/* "33 (www-data)" */
static void with_name(unsigned id, const char *name, char *ret, size_t size)
{
	if (name)
		(void)snprintf(ret, size, "%u (%s)", id, name);
	else
		(void)snprintf(ret, size, "%u", id);
}

static void owner_with_name(const struct distrust *d, char *ret, size_t size)
{
	const struct passwd *user = getpwuid(d->uid);

	with_name((unsigned)d->uid, user ? user->pw_name : NULL, ret, size);
}

static void group_with_name(const struct distrust *d, char *ret, size_t size)
{
	const struct group *g = getgrgid(d->gid);

	with_name((unsigned)d->gid, g ? g->gr_name : NULL, ret, size);
}

static const char *what_can_be_changed(const struct distrust *d)
{
	if (S_ISDIR(d->mode))
		return "change what is in it";
	return S_ISLNK(d->mode) ? "change where it leads" : "change it";
}

/* If the file has an access list, the group bits stand for the whole list (acl(5)). */
static void who_can_write(const struct distrust *d, const char *group_text, char *ret, size_t size)
{
	if (d->mode & S_IWOTH)
		(void)snprintf(ret, size, "everybody");
	else
		(void)snprintf(ret, size, "the members of group %s, or whom an access list names,",
			       group_text);
}

const char *distrust_text(const struct distrust *d, char *ret, size_t size)
{
	const char *type = type_of(d), *change = what_can_be_changed(d);
	unsigned mode = (unsigned)(d->mode & 07777);
	char name[128], members[128], who[256];

	owner_with_name(d, name, sizeof(name));
	group_with_name(d, members, sizeof(members));
	who_can_write(d, members, who, sizeof(who));
	switch (d->kind) {
	case DISTRUST_NONE: (void)snprintf(ret, size, "%s is trusted", d->path); break;
	case DISTRUST_OWNER:
		(void)snprintf(
			ret, size,
			"the %s %s belongs to uid %s and has mode %04o, so that uid %u can %s",
			type, d->path, name, mode, (unsigned)d->uid, change);
		break;
	case DISTRUST_WRITABLE:
		(void)snprintf(
			ret, size,
			"the %s %s belongs to uid %s, group %s, and has mode %04o, so that %s can %s",
			type, d->path, name, members, mode, who, change);
		break;
	case DISTRUST_HARD_LINK:
		(void)snprintf(
			ret, size,
			"the %s %s of uid %s is a hard link in a folder where others can create files, so that anybody may have put it there",
			type, d->path, name);
		break;
	case DISTRUST_FUSE:
		(void)snprintf(
			ret, size,
			"the %s %s is shown by a program that a user has mounted there (FUSE), so that its owner and mode can be made up",
			type, d->path);
		break;
	case DISTRUST_SET_ID:
		(void)snprintf(
			ret, size,
			"the %s %s belongs to uid %s, group %s, and has mode %04o, so that whoever executes it becomes another user or group",
			type, d->path, name, members, mode);
		break;
	case DISTRUST_TYPE:
		(void)snprintf(ret, size, "%s is %s", d->path,
			       S_ISDIR(d->mode)   ? "a folder, not a regular file"
			       : S_ISREG(d->mode) ? "a regular file, not a folder"
						  : "neither a folder nor a regular file");
		break;
	case DISTRUST_ERROR:
		(void)snprintf(ret, size, "%s cannot be looked at: %s", d->path,
			       strerror(d->error));
		break;
	case DISTRUST_USER_MIXED:
		(void)snprintf(ret, size, "the process was started set-uid by another user");
		break;
	case DISTRUST_NAMESPACE: (void)snprintf(ret, size, "the process is in a container"); break;
	}
	return ret;
}

/* Quotes a path so that it is one word for a shell. */
static void quote(const char *path, char *ret, size_t size)
{
	static const char plain[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-+./:@,%=";
	size_t n = 0;

	if (strspn(path, plain) == strlen(path)) {
		(void)snprintf(ret, size, "%s", path);
		return;
	}
	ret[n++] = '\'';
	for (; *path && n + 6 < size; path++) {
		if (*path == '\'') {
			memcpy(ret + n, "'\\''", 4);
			n += 4;
		} else {
			ret[n++] = *path;
		}
	}
	ret[n++] = '\'';
	ret[n] = '\0';
}

/* The mode bits that must be removed. NULL: none, because a sticky folder like /tmp needs them. */
static const char *bits_to_remove(const struct distrust *d)
{
	if (S_ISDIR(d->mode) && (d->mode & S_ISVTX))
		return NULL;
	if (!(d->mode & S_IWOTH))
		return "g-w";
	return d->mode & S_IWGRP ? "go-w" : "o-w";
}

const char *distrust_advice(const struct distrust *d, char *ret, size_t size)
{
	char path[4 * PATH_MAX];
	const char *bits;

	quote(d->path, path, sizeof(path));
	ret[0] = '\0';
	switch (d->kind) {
	case DISTRUST_OWNER:
		(void)snprintf(ret, size, "chown %sroot %s", S_ISLNK(d->mode) ? "-h " : "", path);
		break;
	case DISTRUST_WRITABLE:
		bits = bits_to_remove(d);
		if (bits)
			(void)snprintf(ret, size, "chmod %s %s", bits, path);
		break;
	case DISTRUST_SET_ID: (void)snprintf(ret, size, "chmod ug-s %s", path); break;
	case DISTRUST_NONE:
	case DISTRUST_HARD_LINK:
	case DISTRUST_FUSE:
	case DISTRUST_TYPE:
	case DISTRUST_ERROR:
	case DISTRUST_USER_MIXED:
	case DISTRUST_NAMESPACE: break;
	}
	return ret;
}
