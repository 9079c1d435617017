/* What a hook keeps, in case the next update fails. Private to commands/package_*.c. */
#ifndef COMMANDS_PACKAGE_KEEP_H
#define COMMANDS_PACKAGE_KEEP_H

#include "commands/session.h"

/*
 * All is well: copies the build that serves, with its modules, to the rescued ones, if it is not
 * kept yet. The next update may replace its file and end its master before any hook of ours is
 * called. Prints nothing.
 */
void package_keep(struct session *s);

#endif
