/* What the files of the hold share. Private to commands/hold*.c. */
#ifndef COMMANDS_HOLD_PRIVATE_H
#define COMMANDS_HOLD_PRIVATE_H

#include "commands/hold.h"

/* As lock_take(). Waits some seconds for a former watcher, which may be about to end. */
int hold_lock(struct lock *lock, const struct settings *settings, const struct site *site,
	      uint64_t until_s, char *ret_holder, size_t size);

#endif
