/*
 * The record of the builds that served: its text. That may have been cut or written by somebody
 * else: what is not just as we write it is no record at all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/backup.h"
#include "nginx/served.h"

static const char header[] = "served 1\n";
static const char file_word[] = "file ";
static const char hex[] = "0123456789abcdef";

/* What is left to read. */
struct reader {
	const char *at;
	const char *end;
};

/* Up to the next blank or line feed, which must be `stop` and is passed over. */
static bool next_word(struct reader *r, char stop, char *ret, size_t size)
{
	size_t n = 0;

	while (r->at + n < r->end && r->at[n] > ' ' && r->at[n] < 0x7f)
		n++;
	if (!n || n >= size || r->at + n == r->end || r->at[n] != stop)
		return false;
	memcpy(ret, r->at, n);
	ret[n] = '\0';
	r->at += n + 1;
	return true;
}

/* No sign, no leading zero, and below 2^53: JSON's numbers end there. */
static bool next_number(struct reader *r, uint64_t *ret)
{
	char word[20];
	size_t length;

	if (!next_word(r, ' ', word, sizeof(word)))
		return false;
	length = strlen(word);
	if (length > 16 || strspn(word, "0123456789") != length || (word[0] == '0' && length > 1))
		return false;
	*ret = strtoull(word, NULL, 10);
	return *ret < 1ull << 53;
}

static bool next_verb(struct reader *r, char *ret, size_t size)
{
	size_t length;

	if (!next_word(r, ' ', ret, size))
		return false;
	length = strlen(ret);
	return strspn(ret, "abcdefghijklmnopqrstuvwxyz-") == length && ret[0] != '-';
}

static bool next_uid(struct reader *r, uid_t *ret)
{
	uint64_t number;

	if (r->end - r->at > 2 && r->at[0] == '-' && r->at[1] == ' ') {
		r->at += 2;
		*ret = SERVED_BY_UNKNOWN;
		return true;
	}
	if (!next_number(r, &number) || number >= SERVED_BY_UNKNOWN)
		return false;
	*ret = (uid_t)number;
	return true;
}

static int hex_digit(char c)
{
	const char *p = c ? strchr(hex, c) : NULL;

	return p ? (int)(p - hex) : -1;
}

static bool next_bytes(struct reader *r, char stop, unsigned char *ret, size_t count)
{
	char word[2 * sizeof(struct digest) + 1];
	size_t i;

	if (!next_word(r, stop, word, sizeof(word)) || strlen(word) != 2 * count)
		return false;
	for (i = 0; i < count; i++) {
		int high = hex_digit(word[2 * i]);
		int low = hex_digit(word[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool next_digest(struct reader *r, char stop, struct digest *ret)
{
	return next_bytes(r, stop, ret->bytes, sizeof(ret->bytes));
}

/* Eight bytes, the highest first: a number that may need all of its bits. */
static bool next_wide(struct reader *r, uint64_t *ret)
{
	unsigned char bytes[8];
	size_t i;

	if (!next_bytes(r, ' ', bytes, sizeof(bytes)))
		return false;
	for (*ret = 0, i = 0; i < sizeof(bytes); i++)
		*ret = *ret << 8 | bytes[i];
	return true;
}

/* What is written as "%" and two digits. */
static bool is_escaped(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || c == '%';
}

static bool next_path(struct reader *r, char *ret, size_t size)
{
	char word[3 * SERVED_PATH_MAX];
	const char *p = word;
	size_t n = 0;

	if (!next_word(r, '\n', word, sizeof(word)))
		return false;
	if (strcmp(word, "-") == 0) {
		ret[0] = '\0';
		return true;
	}
	for (; *p && n + 1 < size; p++) {
		int high, low;

		if (*p != '%') {
			ret[n++] = *p;
			continue;
		}
		high = hex_digit(p[1]);
		low = high < 0 ? -1 : hex_digit(p[2]);
		if (low < 0 || !is_escaped((unsigned char)(high << 4 | low)) || !(high | low))
			return false;
		ret[n++] = (char)(high << 4 | low);
		p += 2;
	}
	ret[n] = '\0';
	return !*p && ret[0] == '/';
}

static bool next_build(struct reader *r, struct served_build *b)
{
	return next_number(r, &b->seconds) && next_verb(r, b->verb, sizeof(b->verb)) &&
	       next_uid(r, &b->uid) && next_word(r, ' ', b->version, sizeof(b->version)) &&
	       backup_version_is_valid(b->version) && next_number(r, &b->size) &&
	       next_digest(r, ' ', &b->digest) && next_path(r, b->path, sizeof(b->path));
}

static bool is_same_file(const struct served_file *a, const struct served_file *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static bool next_file(struct reader *r, struct served_file *f)
{
	uint64_t nanoseconds;

	if (!next_wide(r, &f->device) || !next_wide(r, &f->inode) || !next_number(r, &f->size) ||
	    !next_number(r, &f->seconds) || !next_number(r, &nanoseconds) ||
	    nanoseconds >= 1000000000)
		return false;
	f->nanoseconds = (uint32_t)nanoseconds;
	return next_wide(r, &f->start) && next_digest(r, '\n', &f->digest);
}

static bool starts_file(struct reader *r)
{
	if ((size_t)(r->end - r->at) < strlen(file_word) ||
	    memcmp(r->at, file_word, strlen(file_word)) != 0)
		return false;
	r->at += strlen(file_word);
	return true;
}

static int parse_builds(struct reader *r, struct served *s)
{
	for (; r->at < r->end && *r->at != file_word[0]; s->count++) {
		struct served_build *b = &s->list[s->count];

		if (s->count == SERVED_MAX || !next_build(r, b))
			return -EBADMSG;
		if (s->count && digest_equal(&b->digest, &b[-1].digest))
			return -EBADMSG;
	}
	return 0;
}

static int parse_files(struct reader *r, struct served *s)
{
	size_t i;

	for (; r->at < r->end; s->file_count++) {
		struct served_file *f = &s->files[s->file_count];

		if (s->file_count == SERVED_FILES_MAX || !starts_file(r) || !next_file(r, f))
			return -EBADMSG;
		for (i = 0; i < s->file_count; i++) {
			if (is_same_file(&s->files[i], f))
				return -EBADMSG;
		}
	}
	return 0;
}

static int parse(const char *text, size_t length, struct served *s)
{
	struct reader r = {text, text + length};
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
		r = parse(text, length, s);
	if (!r)
		*ret = *s;
	free(s);
	return r;
}

static size_t path_text(const char *path, char *ret)
{
	size_t n = 0;

	if (!*path)
		ret[n++] = '-';
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (!is_escaped(c)) {
			ret[n++] = *path;
			continue;
		}
		ret[n++] = '%';
		ret[n++] = hex[c >> 4];
		ret[n++] = hex[c & 15];
	}
	ret[n++] = '\n';
	return n;
}

static size_t bytes_text(const unsigned char *bytes, size_t count, char *ret)
{
	size_t i;

	for (i = 0; i < count; i++) {
		ret[2 * i] = hex[bytes[i] >> 4];
		ret[2 * i + 1] = hex[bytes[i] & 15];
	}
	return 2 * count;
}

static size_t file_text(const struct served_file *f, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "%s%016llx %016llx %llu %llu %u %016llx ", file_word,
				    (unsigned long long)f->device, (unsigned long long)f->inode,
				    (unsigned long long)f->size, (unsigned long long)f->seconds,
				    (unsigned)f->nanoseconds, (unsigned long long)f->start);

	n += bytes_text(f->digest.bytes, sizeof(f->digest.bytes), ret + n);
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
		n += bytes_text(b->digest.bytes, sizeof(b->digest.bytes), ret + n);
		ret[n++] = ' ';
		n += path_text(b->path, ret + n);
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
