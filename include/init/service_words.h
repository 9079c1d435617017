/* The line that an init script prints of a command: words, the service's name, and later a mark. */
#ifndef INIT_SERVICE_WORDS_H
#define INIT_SERVICE_WORDS_H

#include <stdbool.h>

struct service_line {
	const char *words; /* "Starting"; NULL: no line is printed */
	bool printed;      /* the words are on the terminal, and their mark is still to come */
};

/*
 * The line of a command that begins. With -v messages are shown at once, and the line comes after
 * them: `printed` says whether the caller is to print the words now.
 */
struct service_line service_line_of(const char *verb);

/* Whether init scripts print such a line of it at all. */
bool service_has_line(const char *verb);

/* 0, or the exit code where only root may do that, which was said. */
int service_permits(const char *verb);

#endif
