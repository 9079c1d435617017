/* What the files of the hold share. Private to commands/hold*.c. */
#ifndef COMMANDS_HOLD_PRIVATE_H
#define COMMANDS_HOLD_PRIVATE_H

#include "commands/hold.h"

/* As session_subjects(), for watchers alone: they keep off no run, and no run keeps off them. */
int hold_subjects(const struct settings *settings, const struct site *site,
		  struct lock_subjects *ret);

/* As lock_take(); waits for the end of a former watcher, which is to be on its way. */
int hold_lock(struct lock *lock, const struct settings *settings, const struct site *site,
	      uint64_t until_s, char *ret_holder, size_t size);

#endif
