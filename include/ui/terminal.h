/* What a terminal takes. Every colour that is printed asks here, so that they agree on one screen.
 */
#ifndef UI_TERMINAL_H
#define UI_TERMINAL_H

#include <stdbool.h>

/*
 * Whether colours may go there: a virtual console or a pseudo terminal, without NO_COLOR,
 * TERM=dumb, and CONSOLETYPE=serial (initscripts: consoletype, functions). A serial line may have a
 * printer at its end, or a log.
 */
bool terminal_takes_colour(int fd);

/* How many columns and lines it has in this moment; 80 and 24 where it does not say. */
void terminal_size(int fd, unsigned *ret_columns, unsigned *ret_lines);

#endif
