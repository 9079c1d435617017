/*
 * The live line: the line on the terminal that the next one overwrites. It is always narrower than
 * the terminal, since a line that wraps cannot be overwritten. Private to ui/say.c.
 */
#ifndef UI_LIVE_H
#define UI_LIVE_H

#include <stdbool.h>

/* Whether live_show() would change the terminal. texts: as in say_live(). */
bool live_differs(const char *const *texts);

/* Shows the first of these texts that fits, in place of the live line before. */
void live_show(const char *const *texts);

/* Removes the live line, if there is one, before another line is printed. */
void live_clear(void);

#endif
