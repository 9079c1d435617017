/* Reads and writes the files of records, in root's own folder if possible. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/record_file.h"
#include "nginx/rescue.h"
#include "trust/path.h"

static int record_name(const struct place *p, const char *kind, char ret[NAME_MAX + 1])
{
	return snprintf(ret, NAME_MAX + 1, ".%s.%s", p->name, kind) > NAME_MAX ? -ENAMETOOLONG : 0;
}

static int read_text(int fd, size_t max, struct record_buffer *ret)
{
	ssize_t n;

	ret->text = malloc(max);
	if (!ret->text)
		return -ENOMEM;
	n = pread(fd, ret->text, max, 0);
	if (n < 0)
		return -errno;
	ret->length = (size_t)n;
	return ret->length == max ? -EBADMSG : 0;
}

struct record {
	const char *kind;
	size_t max;
};

static int load_from(const struct builds *b, const char *root, const char *target,
		     const struct record *record, struct record_buffer *ret, char *ret_path,
		     struct distrust *why)
{
	char name[NAME_MAX + 1];
	struct place p;
	int fd = -1;
	int r = place_open(&p, &b->believed, root, target, NULL);

	if (!r)
		r = record_name(&p, record->kind, name);
	if (!r) {
		(void)place_path(&p, name, ret_path);
		fd = place_read(&p, name);
		r = fd < 0 ? fd : place_judge(&p, fd, name, why);
	}
	if (!r)
		r = read_text(fd, record->max, ret);
	if (fd >= 0)
		(void)close(fd);
	place_close(&p);
	return r;
}

int record_load(const struct builds *b, const char *kind, size_t max, struct record_buffer *ret,
		char *ret_path, struct distrust *why)
{
	const struct record record = {kind, max};
	char place[PATH_MAX];
	int r = -ENOENT;

	memset(ret, 0, sizeof(*ret));
	memset(why, 0, sizeof(*why));
	ret_path[0] = '\0';
	if (!b->root[0] && rescue_place(b->name, false, place) == 0)
		r = load_from(b, "", place, &record, ret, ret_path, why);
	if (r == -ENOENT)
		r = load_from(b, b->root, b->target, &record, ret, ret_path, why);
	return r;
}

void record_free(struct record_buffer *buffer)
{
	free(buffer->text);
	buffer->text = NULL;
}

/* A record to be written. */
struct text {
	const char *kind;
	mode_t mode;
	const char *text;
	size_t length;
};

static int write_text(const struct place *p, const struct text *what)
{
	struct temporary t = TEMPORARY_NONE;
	char name[NAME_MAX + 1];
	int r = record_name(p, what->kind, name);

	if (r < 0)
		(void)place_failed(p, "write a record in", NULL, r);
	else
		r = temporary_text(p, what->text, what->length, what->mode, &t);
	if (!r) {
		r = temporary_rename(p, &t, name);
		if (r < 0)
			(void)place_failed(p, "replace", name, r);
	}
	temporary_drop(p, &t);
	return r < 0 ? r : place_sync(p);
}

static int store_in(const struct builds *b, const char *root, const char *target,
		    const struct text *what, struct install_error *err)
{
	struct place p;
	int r = place_open(&p, &b->believed, root, target, err);

	if (!r)
		r = write_text(&p, what);
	place_close(&p);
	return r;
}

int record_store(const struct builds *b, const char *kind, mode_t mode, const char *text,
		 size_t length, struct install_error *err)
{
	const struct text what = {kind, mode, text, length};
	char place[PATH_MAX];

	if (!b->root[0] && rescue_place(b->name, true, place) == 0 &&
	    store_in(b, "", place, &what, NULL) == 0)
		return 0;
	return store_in(b, b->root, b->target, &what, err);
}
