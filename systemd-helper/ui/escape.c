/* Escaping for terminals, logs and JSON. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ui/escape.h"

/* The length in bytes of the printable UTF-8 character at p; 0: there is none. */
static size_t printable(const unsigned char *p)
{
	size_t length;
	size_t i;

	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7f;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* C1 control characters, overlong forms, surrogates, and what is beyond Unicode. */
	if ((p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xe0 && p[1] < 0xa0) ||
	    (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

const char *say_escape(const char *text, char *ret, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = 0;

	while (*p) {
		size_t length = printable(p);

		if (n + (length ? length : 4) >= size)
			break;
		if (length) {
			memcpy(ret + n, p, length);
			n += length;
			p += length;
		} else {
			n += (size_t)snprintf(ret + n, size - n, "\\x%02x", *p++);
		}
	}
	ret[n] = '\0';
	return ret;
}

const char *json_quote(const char *text, char *ret, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = 0;

	ret[n++] = '"';
	while (*p) {
		size_t length = *p == '"' || *p == '\\' ? 0 : printable(p);

		if (n + (length ? length : 6) + 2 > size)
			break;
		if (length) {
			memcpy(ret + n, p, length);
			n += length;
			p += length;
		} else {
			n += (size_t)snprintf(ret + n, size - n, "\\u%04x", *p++);
		}
	}
	ret[n++] = '"';
	ret[n] = '\0';
	return ret;
}

/* The length of "/proc/self/fd/N" at p, if a '/' follows; else 0. */
static size_t descriptor_at(const char *p)
{
	static const char folder[] = "/proc/self/fd/";
	size_t length = sizeof(folder) - 1;
	size_t digits;

	if (strncmp(p, folder, length) != 0)
		return 0;
	digits = strspn(p + length, "0123456789");
	return digits && p[length + digits] == '/' ? length + digits : 0;
}

const char *show_paths(const char *text, char *ret, size_t size)
{
	size_t n = 0;

	while (*text && n + 1 < size) {
		text += descriptor_at(text);
		ret[n++] = *text++;
	}
	ret[n] = '\0';
	return ret;
}
