/* Memory for what is too large for the stack: a session, a record of builds or of modules. */
#ifndef COMMANDS_STORAGE_H
#define COMMANDS_STORAGE_H

#include <stddef.h>

/*
 * Zeroed memory of that many bytes; the caller gives it back with free(). NULL: there is none,
 * which has been said, with what to do.
 */
void *storage_new(size_t size);

#endif
