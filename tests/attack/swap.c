/*
 * Whoever may write a folder changes what a name in it means, again and again: now A, now B, and
 * with only a moment between a look and the use of what was seen.
 *
 *	swap link|symlink NAME A B	until it is ended
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int put(int as_link, const char *target, const char *name)
{
	char other[4096];

	(void)snprintf(other, sizeof(other), "%s.swap", name);
	(void)unlink(other);
	return (as_link ? link(target, other) : symlink(target, other)) < 0 ||
	       rename(other, name) < 0;
}

int main(int argc, char **argv)
{
	int as_link;
	unsigned round;

	if (argc != 5)
		return 2;
	as_link = strcmp(argv[1], "link") == 0;
	for (round = 0;; round++) {
		if (put(as_link, argv[3 + round % 2], argv[2]) != 0) {
			perror(argv[2]);
			return 1;
		}
	}
}
