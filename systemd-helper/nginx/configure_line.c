/* The arguments of a build and those that are added to it, as a line for a shell. */
#include <stdlib.h>
#include <string.h>

#include "nginx/build_info.h"
#include "nginx/configure_line.h"

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

/* Letters that have no special meaning in any shell. */
#define PLAIN_CHARS NAME_CHARS "@%+:,./="

static size_t name_length(const char *argument)
{
	return strcspn(argument, "=");
}

/* An option that may stand several times, each time for another thing. */
static bool may_repeat(const char *argument)
{
	return build_same_option(argument, "--add-module") ||
	       build_same_option(argument, "--add-dynamic-module");
}

/* Whether the later argument makes the earlier one void. */
static bool overrides(const char *later, const char *earlier)
{
	return may_repeat(later) ? strcmp(later, earlier) == 0 : build_same_option(later, earlier);
}

/* The last of the added arguments that overrides this one, or NULL. */
static const char *replacement(const char *argument, const char *const *add, size_t adds)
{
	while (adds--) {
		if (overrides(add[adds], argument))
			return add[adds];
	}
	return NULL;
}

/* Whether one of the first `end` arguments of the build is overridden by this one. */
static bool stands_before(const struct build_info *b, size_t end, const char *argument)
{
	size_t i;

	for (i = 0; i < end; i++) {
		if (overrides(argument, b->arguments[i]))
			return true;
	}
	return false;
}

void configure_line(const struct build_info *b, const char *const *add, size_t adds,
		    configure_fn *fn, void *arg)
{
	size_t i;

	for (i = 0; i < b->argument_count; i++) {
		const char *old = b->arguments[i];
		const char *new = replacement(old, add, adds);

		if (!new)
			fn(arg, old, CONFIGURE_KEPT);
		else if (!stands_before(b, i, new))
			fn(arg, new, strcmp(new, old) == 0 ? CONFIGURE_KEPT : CONFIGURE_CHANGED);
	}
	for (i = 0; i < adds; i++) {
		if (!stands_before(b, b->argument_count, add[i]) &&
		    !replacement(add[i], add + i + 1, adds - i - 1))
			fn(arg, add[i], CONFIGURE_ADDED);
	}
}

bool configure_takes(const char *argument)
{
	size_t length = name_length(argument);

	return length > 2 && argument[0] == '-' && argument[1] == '-' &&
	       strspn(argument, NAME_CHARS) == length && !strpbrk(argument, "\n");
}

const char *configure_source(const char *argument)
{
	static const char *const names[] = {
		"--add-module", "--add-dynamic-module", "--with-openssl", "--with-pcre",
		"--with-zlib",  "--with-libatomic",     "--with-md5",     "--with-sha1"};
	const char *value = argument + name_length(argument);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (build_same_option(argument, names[i]))
			return value[0] && value[1] ? value + 1 : NULL;
	}
	return NULL;
}

/* Writes the text in single quotes. A quote in it is written as '\''. */
static char *put_quoted(char *to, const char *text)
{
	*to++ = '\'';
	for (; *text; text++) {
		if (*text == '\'') {
			memcpy(to, "'\\''", 4);
			to += 4;
		} else {
			*to++ = *text;
		}
	}
	*to++ = '\'';
	return to;
}

char *configure_word(const char *argument)
{
	/* each byte is a quote in the worst case */
	char *word = malloc(4 * strlen(argument) + 3);
	const char *value = argument;
	char *to = word;

	if (!word)
		return NULL;
	if (!*argument || argument[strspn(argument, PLAIN_CHARS)]) {
		size_t length = name_length(argument);

		if (argument[length] == '=' && strspn(argument, NAME_CHARS) == length) {
			memcpy(to, argument, length + 1);
			to += length + 1;
			value += length + 1;
		}
		to = put_quoted(to, value);
	} else {
		memcpy(to, argument, strlen(argument));
		to += strlen(argument);
	}
	*to = '\0';
	return word;
}
