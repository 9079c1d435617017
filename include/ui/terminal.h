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

#endif
