/* Reads and writes the words of records. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/record_text.h"
#include "os/sha256.h"

static const char hex[] = "0123456789abcdef";

bool record_word(struct record_reader *r, char stop, char *ret, size_t size)
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

bool record_number(struct record_reader *r, uint64_t *ret)
{
	char word[20];
	size_t length;

	if (!record_word(r, ' ', word, sizeof(word)))
		return false;
	length = strlen(word);
	if (length > 16 || strspn(word, "0123456789") != length || (word[0] == '0' && length > 1))
		return false;
	*ret = strtoull(word, NULL, 10);
	return *ret < 1ull << 53;
}

static int hex_digit(char c)
{
	const char *p = c ? strchr(hex, c) : NULL;

	return p ? (int)(p - hex) : -1;
}

/* `count` bytes of two hexadecimal digits each. */
static bool read_bytes(struct record_reader *r, char stop, unsigned char *ret, size_t count)
{
	char word[2 * sizeof(struct digest) + 1];
	size_t i;

	if (!record_word(r, stop, word, sizeof(word)) || strlen(word) != 2 * count)
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

bool record_digest(struct record_reader *r, char stop, struct digest *ret)
{
	return read_bytes(r, stop, ret->bytes, sizeof(ret->bytes));
}

bool record_wide(struct record_reader *r, uint64_t *ret)
{
	unsigned char bytes[8];
	size_t i;

	if (!read_bytes(r, ' ', bytes, sizeof(bytes)))
		return false;
	for (*ret = 0, i = 0; i < sizeof(bytes); i++)
		*ret = *ret << 8 | bytes[i];
	return true;
}

static bool is_escaped(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || c == '%';
}

bool record_starts(struct record_reader *r, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
		return false;
	r->at += length;
	return true;
}

bool record_path(struct record_reader *r, char *ret, size_t size)
{
	char word[3 * RECORD_PATH_MAX];
	const char *p = word;
	size_t n = 0;

	if (!record_word(r, '\n', word, sizeof(word)))
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

size_t record_path_text(const char *path, char *ret)
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

size_t record_bytes_text(const unsigned char *bytes, size_t count, char *ret)
{
	size_t i;

	for (i = 0; i < count; i++) {
		ret[2 * i] = hex[bytes[i] >> 4];
		ret[2 * i + 1] = hex[bytes[i] & 15];
	}
	return 2 * count;
}
