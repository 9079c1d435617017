/* What a hook keeps for the day when an update is no good. Private to commands/package_*.c. */
#ifndef COMMANDS_PACKAGE_KEEP_H
#define COMMANDS_PACKAGE_KEEP_H

#include "commands/session.h"

/*
 * All is well: the build that serves, which stands at its path, is kept as a copy beside those that
 * were rescued, with its modules. The next update may take it away and end its master before
 * anything of ours is called. Nothing is said, and where it is kept already nothing is done.
 */
void package_keep(struct session *s);

#endif
