/*
 * Where the builds of one nginx are, the file with the record of those that served, and their
 * digests, which are computed once for each file and remembered there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "nginx/file_copy.h"
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

/* ---- digests ------------------------------------------------------------------------------------
 */

enum {
	START_BYTES = 4096,
	/* No file system has times that are coarser than this, in seconds. */
	SETTLED_AFTER = 2
};

static int digest_of_start(int fd, uint64_t *ret)
{
	unsigned char block[START_BYTES];
	struct digest digest;
	struct sha256 s;
	ssize_t n;
	size_t i;

	do
		n = pread(fd, block, sizeof(block), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	sha256_begin(&s);
	sha256_add(&s, block, (size_t)n);
	sha256_end(&s, &digest);
	for (*ret = 0, i = 0; i < 8; i++)
		*ret = *ret << 8 | digest.bytes[i];
	return 0;
}

/* All but the digest. */
static int look_at(int fd, struct served_file *ret)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_mtim.tv_sec < 0)
		return -ERANGE; /* no number of the record */
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	ret->size = (uint64_t)st.st_size;
	ret->seconds = (uint64_t)st.st_mtim.tv_sec;
	ret->nanoseconds = (uint32_t)st.st_mtim.tv_nsec;
	return digest_of_start(fd, &ret->start);
}

/* Whether another change would show in its time. */
static bool is_settled(const struct served_file *f)
{
	time_t now = time(NULL);

	return now > 0 && f->seconds + SETTLED_AFTER <= (uint64_t)now;
}

static bool is_unchanged(int fd, const struct served_file *before)
{
	struct served_file now;

	return look_at(fd, &now) == 0 && now.size == before->size &&
	       now.seconds == before->seconds && now.nanoseconds == before->nanoseconds;
}

int builds_digest(struct served *s, int fd, bool executed, struct digest *ret, uint64_t *ret_size)
{
	const struct digest *known;
	struct served_file file;
	int seen = look_at(fd, &file);
	int r;

	known = seen < 0 ? NULL : served_file_digest(s, &file);
	if (known) {
		*ret = *known;
		*ret_size = file.size;
		return 0;
	}
	r = digest_of_fd(fd, ret, ret_size);
	if (!r && !seen && (executed || is_settled(&file)) && is_unchanged(fd, &file)) {
		file.digest = *ret;
		served_learn(s, &file);
	}
	return r;
}

void builds_know_copy(struct served *s, int copy, int image)
{
	struct served_file original, file;
	const struct digest *known = NULL;

	if (look_at(copy, &file) == 0 && !served_file_digest(s, &file) &&
	    look_at(image, &original) == 0)
		known = served_file_digest(s, &original);
	if (known && file_same_content(copy, image) == 1 && is_unchanged(copy, &file)) {
		file.digest = *known;
		served_learn(s, &file);
	}
}
