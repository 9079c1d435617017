/* What the files of the hold share. Private to commands/hold*.c. */
#ifndef COMMANDS_HOLD_PRIVATE_H
#define COMMANDS_HOLD_PRIVATE_H

#include <stdint.h>

#include "commands/hold.h" /* IWYU pragma: export */
#include "commands/watcher.h"

#define HOLD_PURPOSE "hold"

/* What the watcher writes into its lock: "hold until MOMENT". Returns ret. */
const char *hold_lock_text(uint64_t until_s, char ret[WATCHER_WHAT_SIZE]);

#endif
