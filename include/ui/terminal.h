/* What a terminal can show. All code that prints colours asks here, so that all decide alike. */
#ifndef UI_TERMINAL_H
#define UI_TERMINAL_H

#include <stdbool.h>

/*
 * Whether colours may be printed there: on a virtual console or a pseudo terminal, unless NO_COLOR,
 * TERM=dumb or CONSOLETYPE=serial is set (initscripts: consoletype, functions). Not on a serial
 * line: a printer or a log may be at its end.
 */
bool terminal_takes_colour(int fd);

/* How many columns and lines the terminal has now; 80 and 24 where it does not tell. */
void terminal_size(int fd, unsigned *ret_columns, unsigned *ret_lines);

#endif
