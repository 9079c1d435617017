/*
 * Reads and writes the text of the record of builds. It may have been cut or written by somebody
 * else, so a text that is not exactly as we write it is refused as a whole.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/backup.h"
#include "nginx/record_text.h"
#include "nginx/served.h"
#include "os/sha256.h"

static const char header[] = "served 1\n";
static const char file_word[] = "file ";

static bool read_verb(struct record_reader *r, char *ret, size_t size)
{
	size_t length;

	if (!record_word(r, ' ', ret, size))
		return false;
	length = strlen(ret);
	return strspn(ret, "abcdefghijklmnopqrstuvwxyz-") == length && ret[0] != '-';
}

static bool read_uid(struct record_reader *r, uid_t *ret)
{
	uint64_t number;

	if (r->end - r->at > 2 && r->at[0] == '-' && r->at[1] == ' ') {
		r->at += 2;
		*ret = SERVED_BY_UNKNOWN;
		return true;
	}
	if (!record_number(r, &number) || number >= SERVED_BY_UNKNOWN)
		return false;
	*ret = (uid_t)number;
	return true;
}

static bool read_build(struct record_reader *r, struct served_build *b)
{
	return record_number(r, &b->seconds) && read_verb(r, b->verb, sizeof(b->verb)) &&
	       read_uid(r, &b->uid) && record_word(r, ' ', b->version, sizeof(b->version)) &&
	       backup_version_is_valid(b->version) && record_number(r, &b->size) &&
	       record_digest(r, ' ', &b->digest) && record_path(r, b->path, sizeof(b->path));
}

static bool is_same_file(const struct served_file *a, const struct served_file *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static bool read_file(struct record_reader *r, struct served_file *f)
{
	uint64_t nanoseconds;

	if (!record_wide(r, &f->device) || !record_wide(r, &f->inode) ||
	    !record_number(r, &f->size) || !record_number(r, &f->seconds) ||
	    !record_number(r, &nanoseconds) || nanoseconds >= 1000000000)
		return false;
	f->nanoseconds = (uint32_t)nanoseconds;
	return record_wide(r, &f->start) && record_digest(r, '\n', &f->digest);
}

static int parse_builds(struct record_reader *r, struct served *s)
{
	for (; r->at < r->end && *r->at != file_word[0]; s->count++) {
		struct served_build *b = &s->list[s->count];

		if (s->count == SERVED_MAX || !read_build(r, b))
			return -EBADMSG;
		if (s->count && digest_equal(&b->digest, &b[-1].digest))
			return -EBADMSG;
	}
	return 0;
}

static int parse_files(struct record_reader *r, struct served *s)
{
	size_t i;

	for (; r->at < r->end; s->file_count++) {
		struct served_file *f = &s->files[s->file_count];

		if (s->file_count == SERVED_FILES_MAX || !record_starts(r, file_word) ||
		    !read_file(r, f))
			return -EBADMSG;
		for (i = 0; i < s->file_count; i++) {
			if (is_same_file(&s->files[i], f))
				return -EBADMSG;
		}
	}
	return 0;
}

static int parse_record(const char *text, size_t length, struct served *s)
{
	struct record_reader r = {text, text + length};
	int result;

	memset(s, 0, sizeof(*s));
	if (length < strlen(header) || memcmp(text, header, strlen(header)) != 0)
		return -EBADMSG;
	r.at += strlen(header);
	result = parse_builds(&r, s);
	return result ? result : parse_files(&r, s);
}

int served_parse(const char *text, size_t length, struct served *ret)
{
	struct served *s = malloc(sizeof(*s));
	int r = -ENOMEM;

	if (s)
		r = parse_record(text, length, s);
	if (!r)
		*ret = *s;
	free(s);
	return r;
}

static size_t file_text(const struct served_file *f, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "%s%016llx %016llx %llu %llu %u %016llx ", file_word,
				    (unsigned long long)f->device, (unsigned long long)f->inode,
				    (unsigned long long)f->size, (unsigned long long)f->seconds,
				    (unsigned)f->nanoseconds, (unsigned long long)f->start);

	n += record_bytes_text(f->digest.bytes, sizeof(f->digest.bytes), ret + n);
	ret[n++] = '\n';
	return n;
}

size_t served_text(const struct served *s, char *ret)
{
	size_t n = strlen(header);
	size_t i;

	memcpy(ret, header, n);
	for (i = 0; i < s->count; i++) {
		const struct served_build *b = &s->list[i];
		char uid[24] = "-";

		if (b->uid != SERVED_BY_UNKNOWN)
			(void)snprintf(uid, sizeof(uid), "%u", (unsigned)b->uid);
		n += (size_t)snprintf(ret + n, SERVED_TEXT_MAX - n, "%llu %s %s %s %llu ",
				      (unsigned long long)b->seconds, b->verb, uid, b->version,
				      (unsigned long long)b->size);
		n += record_bytes_text(b->digest.bytes, sizeof(b->digest.bytes), ret + n);
		ret[n++] = ' ';
		n += record_path_text(b->path, ret + n);
	}
	for (i = 0; i < s->file_count; i++)
		n += file_text(&s->files[i], ret + n, SERVED_TEXT_MAX - n);
	return n;
}

bool served_add(struct served *s, const struct served_build *build)
{
	if (s->count && digest_equal(&s->list[s->count - 1].digest, &build->digest))
		return false;
	if (s->count == SERVED_MAX) {
		memmove(s->list, s->list + 1, (SERVED_MAX - 1) * sizeof(s->list[0]));
		s->count--;
	}
	s->list[s->count++] = *build;
	return true;
}

const struct digest *served_file_digest(const struct served *s, const struct served_file *file)
{
	size_t i;

	for (i = 0; i < s->file_count; i++) {
		const struct served_file *f = &s->files[i];

		if (is_same_file(f, file) && f->size == file->size && f->seconds == file->seconds &&
		    f->nanoseconds == file->nanoseconds && f->start == file->start)
			return &f->digest;
	}
	return NULL;
}

void served_learn(struct served *s, const struct served_file *file)
{
	size_t i;

	for (i = 0; i < s->file_count && !is_same_file(&s->files[i], file); i++)
		;
	if (i == SERVED_FILES_MAX)
		i = 0;
	if (i < s->file_count) {
		s->file_count--;
		memmove(s->files + i, s->files + i + 1, (s->file_count - i) * sizeof(s->files[0]));
	}
	s->files[s->file_count++] = *file;
	s->learned = true;
}
