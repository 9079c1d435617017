/* What start shares with configtest. */
#ifndef COMMANDS_START_H
#define COMMANDS_START_H

#include "commands/site.h"

/* Where only the pid file was given: the first nginx in the usual places. Says why there is none.
 */
bool start_find_binary(struct site *site);

#endif
