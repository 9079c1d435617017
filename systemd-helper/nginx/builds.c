/*
 * Finds the builds of one nginx, and reads and writes the record of those that served. It also has
 * the digest of each file, which is computed once and remembered in the record.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/record_file.h"
#include "nginx/served.h"
#include "os/rooted.h"
#include "os/sha256.h"
#include "trust/path.h"

int builds_at(const char *path, const struct believed *b, struct builds *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->believed = *b;
	if (path[0] != '/')
		return -EINVAL;
	(void)snprintf(ret->name, sizeof(ret->name), "%s", path);
	return rooted_path("", path, ret->target);
}

int served_load(const struct builds *b, struct served *ret, char *ret_path, struct distrust *why)
{
	struct record_buffer text;
	int r = record_load(b, "served", SERVED_TEXT_MAX, &text, ret_path, why);

	memset(ret, 0, sizeof(*ret));
	if (!r)
		r = served_parse(text.text, text.length, ret);
	record_free(&text);
	return r;
}

int served_store(const struct builds *b, const struct served *s, struct install_error *err)
{
	char *text = malloc(SERVED_TEXT_MAX);
	int r = -ENOMEM;

	if (text)
		r = record_store(b, "served", 0644, text, served_text(s, text), err);
	else
		(void)install_failed(err, "write the record of", b->target, r);
	free(text);
	return r;
}

/* ---- digests ---- */

enum {
	START_BYTES = 4096,
	/* In seconds. No file system has coarser times than this. */
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

/* Fills in everything but the digest. */
static int look_at(int fd, struct served_file *ret)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_mtim.tv_sec < 0)
		return -ERANGE; /* the record has no negative numbers */
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	ret->size = (uint64_t)st.st_size;
	ret->seconds = (uint64_t)st.st_mtim.tv_sec;
	ret->nanoseconds = (uint32_t)st.st_mtim.tv_nsec;
	return digest_of_start(fd, &ret->start);
}

/* Whether another change would change its time. */
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
