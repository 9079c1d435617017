/*
 * The record of the builds that served: its text, and the way back in it. The text may have been
 * cut or written by somebody else: what is not just as we write it is no record at all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/backup.h"
#include "nginx/served.h"

static const char header[] = "served 1\n";
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

static bool next_digest(struct reader *r, struct digest *ret)
{
	char word[2 * sizeof(ret->bytes) + 1];
	size_t i;

	if (!next_word(r, ' ', word, sizeof(word)) || strlen(word) != sizeof(word) - 1)
		return false;
	for (i = 0; i < sizeof(ret->bytes); i++) {
		int high = hex_digit(word[2 * i]);
		int low = hex_digit(word[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret->bytes[i] = (unsigned char)(high << 4 | low);
	}
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
	       next_digest(r, &b->digest) && next_path(r, b->path, sizeof(b->path));
}

static int parse(const char *text, size_t length, struct served *s)
{
	struct reader r = {text, text + length};

	memset(s, 0, sizeof(*s));
	if (length < strlen(header) || memcmp(text, header, strlen(header)) != 0)
		return -EBADMSG;
	for (r.at += strlen(header); r.at < r.end; s->count++) {
		struct served_build *b = &s->list[s->count];

		if (s->count == SERVED_MAX || !next_build(&r, b))
			return -EBADMSG;
		if (s->count && digest_equal(&b->digest, &b[-1].digest))
			return -EBADMSG;
	}
	return 0;
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

size_t served_text(const struct served *s, char *ret)
{
	size_t n = strlen(header);
	size_t i, k;

	memcpy(ret, header, n);
	for (i = 0; i < s->count; i++) {
		const struct served_build *b = &s->list[i];
		char uid[24] = "-";

		if (b->uid != SERVED_BY_UNKNOWN)
			(void)snprintf(uid, sizeof(uid), "%u", (unsigned)b->uid);
		n += (size_t)snprintf(ret + n, SERVED_TEXT_MAX - n, "%llu %s %s %s %llu ",
				      (unsigned long long)b->seconds, b->verb, uid, b->version,
				      (unsigned long long)b->size);
		for (k = 0; k < sizeof(b->digest.bytes); k++) {
			ret[n++] = hex[b->digest.bytes[k] >> 4];
			ret[n++] = hex[b->digest.bytes[k] & 15];
		}
		ret[n++] = ' ';
		n += path_text(b->path, ret + n);
	}
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

/* What a rollback went back to takes what came after it off the stack. */
static size_t stack_of(const struct served *s, size_t ret[SERVED_MAX])
{
	size_t depth = 0;
	size_t i, below;

	for (i = 0; i < s->count; i++) {
		below = depth;
		if (strcmp(s->list[i].verb, "rollback") == 0)
			while (below &&
			       !digest_equal(&s->list[ret[below - 1]].digest, &s->list[i].digest))
				below--;
		else
			below = 0;
		if (below)
			depth = below;
		else
			ret[depth++] = i;
	}
	return depth;
}

struct listing {
	const struct served *s;
	const struct digest *running;
	size_t *list;
	size_t count;
};

static void add_once(struct listing *l, size_t index)
{
	const struct digest *digest = &l->s->list[index].digest;
	size_t i;

	if (digest_equal(digest, l->running))
		return;
	for (i = 0; i < l->count; i++) {
		if (digest_equal(digest, &l->s->list[l->list[i]].digest))
			return;
	}
	l->list[l->count++] = index;
}

size_t served_way_back(const struct served *s, const struct digest *running, size_t ret[SERVED_MAX],
		       size_t *ret_back)
{
	struct listing l = {s, running, ret, 0};
	size_t stack[SERVED_MAX];
	size_t i;

	for (i = stack_of(s, stack); i > 0; i--)
		add_once(&l, stack[i - 1]);
	*ret_back = l.count;
	for (i = s->count; i > 0; i--)
		add_once(&l, i - 1);
	return l.count;
}

int served_last_of(const struct served *s, const struct digest *digest)
{
	size_t i;

	for (i = s->count; i > 0; i--) {
		if (digest_equal(&s->list[i - 1].digest, digest))
			return (int)(i - 1);
	}
	return -1;
}
