/* Assertions, reported in TAP. A test's main() ends with `return tap_end();`. */
#ifndef TAP_H
#define TAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned tap_count, tap_failures;

/* Prints text on one line. "#" and what is not plain ASCII becomes "?": TAP could misread it. */
static inline void tap_line(const char *before, const char *text)
{
	size_t length = strlen(text);
	size_t i;

	printf("%s", before);
	for (i = 0; i < length && i < 1000; i++)
		putchar(text[i] >= ' ' && text[i] < 0x7f && text[i] != '#' ? text[i] : '?');
	putchar('\n');
}

static inline void ok(bool good, const char *name)
{
	printf("%sok %u - ", good ? "" : "not ", ++tap_count);
	tap_line("", name);
	tap_failures += !good;
}

/* NULL is equal to NULL only. */
static inline void same_text(const char *got, const char *want, const char *name)
{
	bool same = got && want ? strcmp(got, want) == 0 : got == want;

	ok(same, name);
	if (!same) {
		tap_line("#  got: ", got ? got : "(null)");
		tap_line("# want: ", want ? want : "(null)");
	}
}

static inline void same_number(long long got, long long want, const char *name)
{
	ok(got == want, name);
	if (got != want)
		printf("#  got: %lld\n# want: %lld\n", got, want);
}

/* Something that the test itself needs: if it fails, the test ends. */
static inline void must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int tap_end(void)
{
	printf("1..%u\n", tap_count);
	return tap_failures != 0 || tap_count == 0;
}

#endif
