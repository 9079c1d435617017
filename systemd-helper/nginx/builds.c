/* Where the builds of one nginx are, and the file with the record of those that served. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "nginx/place.h"
#include "nginx/rescue.h"
#include "os/rooted.h"

int builds_at(const char *path, const struct believed *b, struct builds *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->believed = *b;
	if (path[0] != '/')
		return -EINVAL;
	(void)snprintf(ret->name, sizeof(ret->name), "%s", path);
	return rooted_path("", path, ret->target);
}

static int record_name(const struct place *p, char ret[NAME_MAX + 1])
{
	return snprintf(ret, NAME_MAX + 1, ".%s.served", p->name) > NAME_MAX ? -ENAMETOOLONG : 0;
}

static int read_record(int fd, struct served *ret)
{
	char *text = malloc(SERVED_TEXT_MAX);
	ssize_t n;
	int r = -ENOMEM;

	if (!text)
		return r;
	n = pread(fd, text, SERVED_TEXT_MAX, 0);
	if (n < 0)
		r = -errno;
	else
		r = n == SERVED_TEXT_MAX ? -EBADMSG : served_parse(text, (size_t)n, ret);
	free(text);
	return r;
}

static int load_from(const struct builds *b, const char *root, const char *target,
		     struct served *ret, char *ret_path, struct distrust *why)
{
	char name[NAME_MAX + 1];
	struct place p;
	int fd = -1;
	int r = place_open(&p, &b->believed, root, target, NULL);

	if (!r)
		r = record_name(&p, name);
	if (!r) {
		(void)place_path(&p, name, ret_path);
		fd = place_read(&p, name);
		r = fd < 0 ? fd : place_judge(&p, fd, name, why);
	}
	if (!r)
		r = read_record(fd, ret);
	if (fd >= 0)
		(void)close(fd);
	place_close(&p);
	return r;
}

int served_load(const struct builds *b, struct served *ret, char *ret_path, struct distrust *why)
{
	char place[PATH_MAX];
	int r = -ENOENT;

	memset(ret, 0, sizeof(*ret));
	memset(why, 0, sizeof(*why));
	ret_path[0] = '\0';
	if (!b->root[0] && rescue_place(b->name, false, place) == 0)
		r = load_from(b, "", place, ret, ret_path, why);
	if (r == -ENOENT)
		r = load_from(b, b->root, b->target, ret, ret_path, why);
	if (r < 0)
		memset(ret, 0, sizeof(*ret));
	return r;
}

static int write_record(const struct place *p, const struct served *s)
{
	struct temporary t = TEMPORARY_NONE;
	char name[NAME_MAX + 1];
	char *text = malloc(SERVED_TEXT_MAX);
	int r = text ? record_name(p, name) : -ENOMEM;

	if (r < 0)
		(void)place_failed(p, "write a record in", NULL, r);
	else
		r = temporary_text(p, text, served_text(s, text), &t);
	if (!r) {
		r = temporary_rename(p, &t, name);
		if (r < 0)
			(void)place_failed(p, "replace", name, r);
	}
	temporary_drop(p, &t);
	free(text);
	return r < 0 ? r : place_sync(p);
}

static int store_in(const struct builds *b, const char *root, const char *target,
		    const struct served *s, struct install_error *err)
{
	struct place p;
	int r = place_open(&p, &b->believed, root, target, err);

	if (!r)
		r = write_record(&p, s);
	place_close(&p);
	return r;
}

int served_store(const struct builds *b, const struct served *s, struct install_error *err)
{
	char place[PATH_MAX];

	if (!b->root[0] && rescue_place(b->name, true, place) == 0 &&
	    store_in(b, "", place, s, NULL) == 0)
		return 0;
	return store_in(b, b->root, b->target, s, err);
}
