/*
 * Output that looks like OpenRC's: a star, words, and at the right margin a mark in brackets
 * (libeinfo). openrc-run(8) leaves EINFO_COLOR and EINFO_QUIET in the environment.
 */
#ifndef INIT_OPENRC_CONSOLE_H
#define INIT_OPENRC_CONSOLE_H

#include <stdbool.h>

/* The colour of a star, and of the mark behind "...". */
enum openrc_tone { OPENRC_GOOD, OPENRC_WARN, OPENRC_BAD };

/* Whether stars and marks are coloured: lines below them should then be coloured, too. */
bool openrc_has_colours(void);

/* " * Starting nginx ...", without an end. */
void openrc_words(const char *words, const char *service);

/* "[ ok ]" or "[ !! ]", and the end of the line. */
void openrc_mark(bool good);

/* Prints " * TEXT" as a line of its own; with OPENRC_BAD on standard error. */
void openrc_line(enum openrc_tone tone, const char *text);

#endif
